import '@fontsource/be-vietnam-pro/latin-400.css';
import '@fontsource/be-vietnam-pro/latin-600.css';
import '@fontsource/be-vietnam-pro/vietnamese-400.css';
import '@fontsource/be-vietnam-pro/vietnamese-600.css';
import './app.css';
import { mount } from 'svelte';
import Page from './Page.svelte';
import { App } from './state/app.svelte';

const app = new App();
void app.start();
mount(Page, { target: document.getElementById('app')!, props: { app } });
performance.mark('langbiang:shell');
