import Theme from 'vitepress/theme-without-fonts';

/** VitePress's own theme; a page for both languages leads to the front page of the other. */
export default {
  extends: Theme,
  enhanceApp({ router, siteData }) {
    router.onBeforeRouteChange = (to) => {
      const { base, themeConfig } = siteData.value;
      const page = to.slice(base.length).replace(/[#?].*$/, '');
      if (!themeConfig.sharedPages.some((path) => page === `zh${path}`)) return true;
      void router.go(`${base}zh/`);
      return false;
    };
  },
};
