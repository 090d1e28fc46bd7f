/** A page. It is made when somebody goes there; update is called with each picture and may be called at any time. */
export interface View {
  element: HTMLElement;
  update(): void;
  dispose?(): void;
}

export interface Page { path: string; title: string; topic?: string; make: () => View }
