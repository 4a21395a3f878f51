/** Styles as the bundler gives them to a script. */
declare module '*.css' {}
declare module '*.css?inline' {
  const text: string;
  export default text;
}
