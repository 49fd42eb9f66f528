import { Module } from '@nestjs/common';
import { ErrorPagesController } from './error-pages.controller.js';

/** Serves the pages that errors link to. */
@Module({ controllers: [ErrorPagesController] })
export class ErrorPagesModule {}
