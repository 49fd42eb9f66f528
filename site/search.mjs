/**
 * Splits a text into the words that are searched for. Chinese has no spaces: of a run of Chinese characters, each two
 * neighbours are a word, so that the page and the query are split alike in every browser.
 *
 * The site carries its source, so it uses nothing from outside.
 */
export function tokenize(text) {
  const words = text.split(/[\s\p{P}\p{S}]+/u).filter(Boolean);
  return words.flatMap((word) => {
    const parts = word.match(/\p{Script=Han}+|[^\p{Script=Han}]+/gu) ?? [];
    return parts.flatMap((part) => {
      const characters = [...part];
      if (characters.length < 3 || !/\p{Script=Han}/u.test(part)) return [part];
      return characters.slice(1).map((character, at) => characters[at] + character);
    });
  });
}

/** Words of the search box. */
export const CHINESE_SEARCH = {
  button: { buttonText: '搜索', buttonAriaLabel: '搜索' },
  modal: {
    displayDetails: '显示详细列表',
    resetButtonTitle: '清除',
    backButtonTitle: '关闭',
    noResultsText: '没有找到：',
    footer: {
      selectText: '打开',
      selectKeyAriaLabel: '回车',
      navigateText: '选择',
      navigateUpKeyAriaLabel: '上箭头',
      navigateDownKeyAriaLabel: '下箭头',
      closeText: '关闭',
      closeKeyAriaLabel: 'Esc',
    },
  },
};
