/** Text that would do something, by what it tries. Each of them is valid in JSON. */
export const hostile: Readonly<Record<string, string>> = {
  'a new line': 'x\nTotal due EUR 0.00',
  'a return of the carriage': 'x\rTotal due EUR 0.00',
  'another header': 'x\r\nBcc: evil@example.com\r\n\r\nhello',
  'a line and a paragraph separator': 'x\u2028Total due\u2029EUR 0.00',
  'a cleared screen': '\u001b[2J\u001b[Hroot@host:~#',
  'a colour': '\u001b[31mFAILED\u001b[0m',
  'a title of the window': '\u001b]0;owned\u0007',
  'a command of one character (C1)': '\u009b2J\u0085x',
  'a way back over what was there': 'paid\b\b\b\bopen',
  'a zero byte': 'a\u0000b',
  'a delete': 'a\u007fb',
  'a turned direction': 'invoice\u202efdp.exe',
  'an isolate that is not ended': '\u2067abc',
  'direction marks': '\u200eabc\u200f\u061c',
  'a script': '<script>alert(1)</script>',
  'an attribute': '" onmouseover="alert(1)" x="',
  'an end of the title': "</title></style><img src=x onerror='alert(1)'>",
  'an entity': '&lt;b&gt;',
  'a formula': '=HYPERLINK("http://evil.example","x")',
  'a path': '../../../etc/passwd',
  'an encoded line break': '%0d%0aSet-Cookie:%20a=b',
  'a forged log line': 'x"}\n{"level":"error","msg":"forged"}',
  'forged fields': 'x level=ERROR traceId=0123 msg="forged"',
  'a forged field of JSON': '","level":"fatal","msg":"forged',
  'an encoded word of a mail': '=?utf-8?q?=0D=0ABcc:_evil@example.com?=',
};

/** What moves a cursor, begins a line or turns the text beside it; a newline apart, which a context may have of its own. */
export const MOVES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066\u2067]/;
