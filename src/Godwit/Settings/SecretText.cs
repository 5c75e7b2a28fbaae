// What must not be shown: values of secret directives, also where the name is mistyped, misplaced or glued to its value, passwords in URLs, pasted keys.
// It errs on the side of hiding: a harmless value that is not shown costs a look into the file, a password in a bug report costs more.

using System.Buffers;
using System.Collections.Frozen;

namespace Godwit.Settings;

/// <summary>Makes names, values and lines of a configuration fit to be shown.</summary>
internal static class SecretText
{
    /// <summary>Longer words are no names.</summary>
    private const int MaxName = 60;

    /// <summary>A line of a pasted key has 64 letters. Names of virtual MTAs mix cases and digits too, but are shorter.</summary>
    private const int LeastKey = 40;

    /// <summary>Hexadecimal digits of a key of 128 bits. No address and no number is so long without a sign in between.</summary>
    private const int LeastHex = 32;

    private const string KeyBegins = "-----BEGIN";

    private static readonly FrozenDictionary<string, bool> _known = DirectiveTable.All
        .SelectMany(d => d.Aliases.Append(d.Name).Select(n => (Name: n, d.Secret)))
        .GroupBy(d => d.Name, StringComparer.OrdinalIgnoreCase)
        .ToFrozenDictionary(g => g.Key, g => g.Any(d => d.Secret), StringComparer.OrdinalIgnoreCase);

    private static readonly string[] _secretNames = [.. _known.Where(k => k.Value).Select(k => k.Key).Order(StringComparer.Ordinal)];

    /// <summary>Directives whose secret stands behind a path, which is what a message about it is mostly about.</summary>
    private static readonly FrozenSet<string> _pathFirst = DirectiveTable.All
        .Where(d => ReferenceEquals(d.Form, CertificateFile.Form)).SelectMany(d => d.Aliases.Append(d.Name)).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly string[] _strong = ["passw", "passphrase", "secret", "token", "credential", "apikey", "api-key", "api_key", "private-key"];

    private static readonly FrozenSet<string> _parts = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "pass", "pw", "pwd", "key", "keys");

    private static readonly SearchValues<char> _nameLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    private static readonly SearchValues<char> _hexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private static readonly SearchValues<char> _keyLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");

    /// <summary>What ends the host of a URL.</summary>
    private static readonly SearchValues<char> _hostEnds = SearchValues.Create("/ \t\"'?");

    /// <summary>Whether the value behind this name, known or not, may be a secret.</summary>
    public static bool IsSecret(string name) =>
        _known.TryGetValue(name, out bool secret) ? secret
            : IsStrong(name) || name.Split('-', '_').Any(_parts.Contains) || Spelling.Nearest(name, _secretNames) is not null;

    /// <summary>Whether the line behind this one may be nothing but a secret: its value slipped down, or a key was pasted.</summary>
    public static bool HidesNext(string name, string value) =>
        name.StartsWith(KeyBegins, StringComparison.Ordinal) || LooksLikeKey(name) || (value.Length == 0 && IsSecret(name));

    /// <summary>A word of the file as a message may quote it.</summary>
    public static string Name(string word)
    {
        int end = EndOfWord(word, 0);
        return end > 0 && end < word.Length && IsSecret(word[..end]) ? word[..end] + SecretValue.Mask
            : LooksLikeKey(word) ? SecretValue.Mask
            : word.Length <= MaxName ? Line(word) : Line(word[..MaxName]) + "...";
    }

    /// <summary>A value as a message may quote it.</summary>
    public static string Value(string value) => Hide(value, isLine: false);

    /// <summary>A line with a mask in place of everything behind the first word that may introduce a secret.</summary>
    public static string Line(string line) => Hide(line, isLine: true);

    private static string Hide(string text, bool isLine)
    {
        for (int at = 0; at < text.Length;)
        {
            int end = EndOfWord(text, at);
            if (end > at && end < text.Length && Introduces(text, at, end, isLine))
            {
                return Shown(text, at, end, isLine);
            }

            int length = text.AsSpan(at).IndexOfAnyExcept(_keyLetters);
            if (LooksLikeKey(length < 0 ? text.AsSpan(at) : text.AsSpan(at, length)))
            {
                return text[..at] + SecretValue.Mask;
            }

            at = Math.Max(end, at + 1);
        }

        return WithoutUserInfo(text);
    }

    /// <summary>What may be shown of a text whose word introduces a secret: the path before it too, where a line says one as it should.</summary>
    private static string Shown(string text, int start, int end, bool isLine)
    {
        int path = end + text.AsSpan(end).IndexOfAnyExcept(" \t");
        if (!isLine || path <= end || !text.AsSpan(0, start).IsWhiteSpace() || !_pathFirst.Contains(text[start..end])
            || text.AsSpan(path) is not (['/', ..] or ['"', '/', ..]))
        {
            return $"{text[..end]} {SecretValue.Mask}";
        }

        int behind = Quoting.EndOfWord(text, path);
        if (text[path] == '"' && (behind < path + 2 || text[behind - 1] != '"'))
        {
            return $"{text[..end]} {SecretValue.Mask}"; // Nobody can say where the path ends.
        }

        return text.AsSpan(behind).IsWhiteSpace() ? text : $"{text[..behind]} {SecretValue.Mask}";
    }

    private static bool Introduces(string text, int start, int end, bool isLine)
    {
        string word = text[start..end].TrimStart('-');
        ReadOnlySpan<char> before = text.AsSpan(0, start).TrimEnd(" \t");
        // Where a statement may begin: the line, a tag, what follows a tag, and the lines of other systems.
        if (isLine && before is [] or [.., '<' or '>' or '\r' or ';' or '{'] or [.., '<', '/'])
        {
            return IsSecret(word);
        }

        // Further on, only name=value, and two statements in one line; not the words of a pattern, which stand behind a slash.
        bool known = _known.TryGetValue(word, out bool secret) && secret;
        return text.AsSpan(end).TrimStart(" \t\"'") is ['=' or ':', ..]
            ? known || (IsStrong(word) && !word.Contains('.'))
            : known && (word.Contains('-') || !before.Contains('/'));
    }

    /// <summary>The user and password of <c>https://user:password@host</c>.</summary>
    private static string WithoutUserInfo(string text)
    {
        const string Scheme = "://";
        int start = text.IndexOf(Scheme, StringComparison.Ordinal);
        while (start >= 0)
        {
            start += Scheme.Length;
            int length = text.AsSpan(start).IndexOfAny(_hostEnds);
            int at = text.AsSpan(start, length < 0 ? text.Length - start : length).LastIndexOf('@');
            if (at >= 0)
            {
                text = string.Concat(text.AsSpan(0, start), SecretValue.Mask, text.AsSpan(start + at));
            }

            start = text.IndexOf(Scheme, start, StringComparison.Ordinal);
        }

        return text;
    }

    private static bool IsStrong(string word) => Array.Exists(_strong, s => word.Contains(s, StringComparison.OrdinalIgnoreCase));

    /// <summary>Letters of both cases and digits in one long piece, and no path: base64, as in a pasted key; or hexadecimal digits, as in a token.</summary>
    private static bool LooksLikeKey(ReadOnlySpan<char> word) =>
        (word.Length >= LeastHex && !word.ContainsAnyExcept(_hexDigits))
        || (word.Length >= LeastKey && word[0] != '/' && !word.ContainsAnyExcept(_keyLetters)
        && word.ContainsAnyInRange('a', 'z') && word.ContainsAnyInRange('A', 'Z') && word.ContainsAnyInRange('0', '9'));

    private static int EndOfWord(string text, int start)
    {
        int length = text.AsSpan(start).IndexOfAnyExcept(_nameLetters);
        return length < 0 ? text.Length : start + length;
    }
}
