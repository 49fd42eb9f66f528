import { Module } from '@nestjs/common';
import { PageFiles } from './page-files.js';
import { UiController } from './ui.controller.js';

/** The board for people: static files, which fetch all that they show with the caller's own key. */
@Module({ controllers: [UiController], providers: [PageFiles] })
export class UiModule {}
