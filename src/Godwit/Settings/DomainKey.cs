// domain-key: which key signs for which domain. Immutable; holds where the key is, never the key.

namespace Godwit.Settings;

/// <summary>A DKIM key.</summary>
/// <param name="Selector">Of the public key's record: <c>s1</c> in <c>s1._domainkey.example.com</c>.</param>
/// <param name="Domain">As written: the domain that it and what is below it sign with, <c>*</c> for any, or a macro.</param>
/// <param name="File">The file with the private key; empty when it is in the vault.</param>
/// <param name="Vault">The key in the vault, <c>/path:key</c>; empty when it is in a file.</param>
public sealed record DomainKey(string Selector, string Domain, string File, string Vault)
{
    private const string VaultPrefix = "{vault}:";

    internal static ValueForm<DomainKey> Form { get; } = new(
        $"a selector, a domain or *, and a file or {VaultPrefix}/PATH:KEY",
        TryRead,
        v => $"{v.Selector},{v.Domain},{(v.Vault.Length > 0 ? VaultPrefix + v.Vault : Quoting.Quote(v.File))}") { Quotes = QuoteUse.Raw };

    private static bool TryRead(string text, ValueReading reading, out DomainKey value)
    {
        value = null!;
        // Commas as documented; some files have only blanks between the three.
        List<ValueWord> parts = Quoting.SplitItems(text, ',');
        if (parts.Count == 1)
        {
            parts = Quoting.SplitWords(text);
        }

        if (parts.Count != 3 || parts.Exists(p => p.Text.Length == 0))
        {
            return reading.Fail($"takes {Form.Shape}, with commas between them", parts.Count < 3 ? text.Length : 0);
        }

        if (!ValueParsers.Selector.TryReadPart(parts[0], reading, out string selector)
            || !ValueParsers.DomainOrMacro.TryReadPart(parts[1], reading, out string domain)
            || !ValueParsers.FilePath.TryReadPart(parts[2], reading, out string file))
        {
            return false;
        }

        bool vault = parts[2].Text.StartsWith(VaultPrefix, StringComparison.OrdinalIgnoreCase);
        string place = vault ? parts[2].Text[VaultPrefix.Length..] : "";
        if (vault && (place is not ['/', _, ..] || place.LastIndexOf(':') is not (> 1 and var colon) || colon == place.Length - 1))
        {
            return reading.Fail($"a key in the vault is written {VaultPrefix}/PATH:KEY", parts[2].Offset);
        }

        value = new DomainKey(selector, domain, vault ? "" : file, place);
        return true;
    }
}
