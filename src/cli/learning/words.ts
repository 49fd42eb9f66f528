/** Names of fields, by the meaning of their values; longer lists leave fewer guesses unsure. */

const words = (list: string): RegExp => new RegExp(`^(?:${list.trim().replaceAll(/\s+/g, '|')})$`, 'i');

/** Removes separators and capitals, in which the spellings of one name differ. */
export function plainName(name: string): string {
  return name.replaceAll(/[_\-.\s]/g, '').toLowerCase();
}

/** Patterns for the name of a field, without separators. */
export const NAMES = {
  password: words(
    'password passwd passcode pwd pw pass userpwd userpassword loginpassword loginpwd jpassword secret clientsecret appsecret corpsecret secretkey accesskeysecret accesssecret appkeysecret apisecret credential credentials pin',
  ),
  /** Used as the password if there is no other. */
  key: words('apikey key appkey accesskey licensekey personaltoken apitoken'),
  user: words(
    'username user userid useraccount account accountname accountid login loginname loginid email mail emailaddress phone mobile phonenumber tel clientid appid appkey corpid apikey accesskey accesskeyid ak jusername uid uname usercode usercd identifier identity principal employeeid staffid workno jobnumber name nickname',
  ),
  token: words(
    'token accesstoken authtoken authorization jwt idtoken ticket sessionid session sid sessiontoken sessionkey bearer bearertoken xtoken satoken tokenvalue apitoken tenantaccesstoken appaccesstoken usertoken logintoken authorizationtoken jsessionid phpsessid',
  ),
  refresh: words('refreshtoken refresh'),
  lifetime: words(
    'expiresin expirein expire expires expiresat expireat expireson expiretime expirestime expirytime expiry expiration expirationtime expiresdate expiredate expiredat expiredtime expired exp ttl lifetime maxage validfor validity validityperiod validuntil validtill validto tokenexpire tokenexpires tokenexpiretime tokenexpiry tokenexpiration accesstokenexpiresin accesstokenexpires ends endtime endsat timeout sessiontimeout',
  ),
  question: words(
    'question query prompt q ask message msg content text input userinput usermessage usercontent userquery userprompt utterance sentence chatinput inputtext inputs humaninput problem inputvalue input_value messagecontent messagetext textmessage',
  ),
  model: words('model modelid modelname modelcode llm llmmodel engine modelkey usemodel'),
  stream: words(
    'stream streaming isstream streammode usestream enablestream streamoutput responsemode outputstream sse streamed',
  ),
  user_of_chat: words('user userid enduser enduserid endusername uid openid userkey senderid sender'),
  system: words(
    'system systemprompt systemmessage systemcontent instructions instruction preprompt presetprompt',
  ),
  conversation: words(
    'conversationid conversation sessionid session chatid chat threadid thread dialogid dialogueid convid contextid parentid parentmessageid parentmsgid topicid roomid appsessionid chatsessionid chatuuid sessionuuid sid cid',
  ),
  perCall: words(
    'requestid reqid messageid msgid traceid nonce uuid guid id clientmsgid clientmessageid clientrequestid idempotencykey uniqueid rid logid responsechatitemid queryid taskid questionid seq sn dataid xrequestid transactionid xtraceid',
  ),
  time: words(
    'timestamp time ts t createtime createdat createdtime sendtime datetime now date requesttime localtime clienttime millis',
  ),
  flag: words(
    'code errno errcode errorcode ret retcode rc resultcode status statuscode success succeeded issuccess ok state baserespstatuscode bizcode respcode returncode err',
  ),
  failure: words('error err errormessage errmsg failure exception lasterror errors failed failreason'),
  message: words(
    'message msg errmsg errormessage errormsg error info desc description detail reason tip statusmsg statusmessage retmsg resultmsg lasterror errordescription failreason hint errinfo',
  ),
  text: words(
    'answer text content result response reply output message generatedtext outputtext completion textresponse msg body markdown display replytext responsetext answercontent resulttext data value chatresponse botreply finalanswer',
  ),
  delta: words(
    'delta content text answer token chunk result reply output message textresponse response data v value piece word segment increment body choices',
  ),
  reasoning: words(
    'reasoning reasoningcontent thinking thought thinkingcontent reason reasoningtext think thoughts',
  ),
  input_count: words(
    'prompttokens inputtokens promptevalcount input in inputcount prompt tokensin prompttoken inputtokencount inputtokenscount prompttokencount questiontokens',
  ),
  output_count: words(
    'completiontokens outputtokens evalcount output out outputcount completion tokensout completiontoken outputtokencount outputtokenscount candidatestokencount completiontokencount answertokens',
  ),
  finished: words(
    'done end isend finished finish isfinal final last islast completed iscomplete complete close eof stop isfinish isfinished isdone over isover isstop streamend',
  ),
  kind: words(
    'event type kind eventtype msgtype messagetype status state action op cmd object step phase node nodetype category',
  ),
  id: words('id messageid msgid chatid requestid responseid chatmessageid completionid uuid answerid logid'),
  job: words(
    'status state taskstatus jobstatus phase stage progress runstatus resultstatus done finished completed iscompleted isdone isfinished',
  ),
  secret: words(
    'key apikey appkey accesskey secret appsecret clientsecret secretkey token accesstoken authtoken authorization auth password passwd pwd sign signature credential xapikey xauthtoken session sessionkey ticket webhook',
  ),
  /** Parameters that clients of the gateway set. */
  sampling: {
    temperature: words('temperature temp'),
    top_p: words('topp'),
    max_tokens: words(
      'maxtokens maxoutputtokens maxnewtokens numpredict maxlength maxcompletiontokens outputmaxtokens maxtokenstosample',
    ),
    seed: words('seed'),
    presence_penalty: words('presencepenalty'),
    frequency_penalty: words('frequencypenalty'),
    stop: words('stop stopsequences stopwords'),
  },
} as const;

export function isNamed(kind: Exclude<keyof typeof NAMES, 'sampling'>, name: string): boolean {
  return NAMES[kind].test(plainName(name));
}

export const USER_ROLES =
  /^(?:user|human|usermessage|question|client|customer|me|q|1|ask|sender|people|person|role_user)$/i;
export const ASSISTANT_ROLES =
  /^(?:assistant|ai|bot|model|apimessage|answer|system_bot|robot|chatbot|agent|gpt|a|2|role_assistant|aimessage|machine)$/i;
export const SYSTEM_ROLES = /^(?:system|developer|instruction)$/i;

/** The opposite of a role, in case only one of them was recorded. */
const COUNTERPARTS: Readonly<Record<string, string>> = {
  user: 'assistant',
  User: 'Assistant',
  USER: 'ASSISTANT',
  human: 'ai',
  Human: 'AI',
  HUMAN: 'AI',
  userMessage: 'apiMessage',
  question: 'answer',
  QUESTION: 'ANSWER',
  q: 'a',
  Q: 'A',
  ask: 'answer',
  customer: 'agent',
};

export function counterpartOf(word: string): string | undefined {
  return COUNTERPARTS[word];
}

const UUID = /^[\da-f]{8}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{12}$/i;
const JWT = /^[\w-]{8,}\.[\w-]{8,}\.[\w-]*$/;

export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

export function isJwt(value: string): boolean {
  return JWT.test(value) && value.startsWith('ey');
}

/** `exp` of a JSON Web Token, in epoch seconds. */
export function jwtEnd(token: string): number | undefined {
  if (!isJwt(token)) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { exp?: unknown };
    return typeof claims.exp === 'number' ? claims.exp : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a text looks generated: long, without spaces, of digits and letters. */
export function isRandom(value: string): boolean {
  if (isJwt(value)) return true;
  if (value.length < 20 || /[\s,;:?/{}[\]"']/.test(value) || isUuid(value)) return false;
  return /\d/.test(value) && /[a-z]/i.test(value) && !/^[a-z]+(?:[-_.][a-z]+|[-_.]?\d{1,4})*$/i.test(value);
}

/** The unit of a recent time in epoch seconds or milliseconds, as a number or its digits. */
export function epochUnit(value: unknown): 'seconds' | 'milliseconds' | undefined {
  const amount =
    typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value)) ? Number(value) : NaN;
  if (amount >= 1e9 && amount < 1e10) return 'seconds';
  return amount >= 1e12 && amount < 1e13 ? 'milliseconds' : undefined;
}

const ISO = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/i;

/** Whether a date with a time has a time zone; undefined for any other value. */
export function isoKind(value: unknown): 'zoned' | 'local' | undefined {
  const match = typeof value === 'string' ? ISO.exec(value) : null;
  return match === null ? undefined : match[1] === undefined ? 'local' : 'zoned';
}

/**
 * Whether a text is a placeholder of a vendor's documentation: `$TOKEN`, `${KEY}`, `<token>`,
 * `YOUR_API_KEY`, `{api_key}`.
 */
export function isPlaceholder(value: string): boolean {
  return /^(?:\$\w+|\$?\{+[\w.\- ]+\}+|<[^<>]+>|\[[A-Z_ ]+\]|%\w+%|(?:your|my|replace|xxx|insert)[\w\-. ]*|x{4,}|\*{3,}|.*\*{4,}.*)$/i.test(
    value,
  );
}
