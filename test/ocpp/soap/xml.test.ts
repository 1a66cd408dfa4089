import { describe, expect, it } from 'vitest';
import { childOf, escapeXml, parseXml, XmlError } from '../../../src/ocpp/soap/xml.ts';

describe('parseXml', () => {
  it('reads elements, attributes, texts and namespaces', () => {
    const root = parseXml(
      '\uFEFF<?xml version="1.0"?><!-- hello --><a:x xmlns:a="urn:a" xmlns="urn:d" n="1" a:m="2">\n <y>&lt;&#x41;<![CDATA[<&>]]></y><z xmlns="">t</z></a:x>',
    );
    expect(root).toMatchObject({ name: 'x', namespace: 'urn:a', text: '' });
    expect([...root.attributes]).toEqual([
      ['n', '1'],
      ['m', '2'],
    ]);
    expect(childOf(root, 'y')).toMatchObject({ namespace: 'urn:d', text: '<A<&>' });
    expect(childOf(root, 'z')).toMatchObject({ namespace: '', text: 't' });
    expect(childOf(root, 'w')).toBeUndefined();
  });

  it('leaves the namespace of a prefix open that is not declared', () => {
    expect(parseXml('<q:x/>')).toMatchObject({ name: 'x', namespace: undefined });
  });

  it.each([
    ['a document type', '<!DOCTYPE x [<!ENTITY e "boom">]><x>&e;</x>'],
    ['an entity', '<x>&nbsp;</x>'],
    ['a processing instruction', '<?php echo ?><x/>'],
    ['nothing', ''],
    ['text', 'hello'],
    ['two roots', '<x/><y/>'],
    ['an element without end', '<x><y></x>'],
    ['an end without element', '</x>'],
    ['an attribute without quotes', '<x a=1/>'],
    ['an attribute twice', '<x a="1" a="2"/>'],
    ['a character that XML forbids', '<x>&#0;</x>'],
    ['deep nesting', `${'<x>'.repeat(40)}${'</x>'.repeat(40)}`],
    ['many elements', `<x>${'<y/>'.repeat(20_001)}</x>`],
    ['many attributes', `<x ${Array.from({ length: 40 }, (_, n) => `a${n}="1"`).join(' ')}/>`],
    ['a long name', `<${'x'.repeat(200)}/>`],
  ])('refuses %s', (_what, text) => {
    expect(() => parseXml(text)).toThrow(XmlError);
  });

  it('names the place', () => {
    expect(() => parseXml('<x>\n<y></z>')).toThrow(/2:/);
  });
});

describe('escapeXml', () => {
  it('keeps every text that XML can hold', () => {
    const text = ' <a href="x">\'&amp;\'</a>\r\n\t€😀 ]]>';
    const root = parseXml(`<x y="${escapeXml(text)}">.${escapeXml(text)}.</x>`);
    expect(root.text).toBe(`.${text}.`);
    expect(root.attributes.get('y')).toBe(text);
  });

  it('replaces what it cannot', () => {
    expect(escapeXml('a\u0000b\ud800c\uffffd')).toBe('a\uFFFDb\uFFFDc\uFFFDd');
  });
});
