// Which addresses a line means: relay-address, address in a list, alias. Immutable.

using Godwit.Mail;
using Godwit.Patterns;

namespace Godwit.Settings;

/// <summary>The ways to mean addresses.</summary>
[Flags]
public enum AddressPatternKind
{
    None = 0,

    /// <summary><c>a@b.example</c></summary>
    Address = 1,

    /// <summary><c>a</c>: that local part in every domain.</summary>
    LocalPart = 1 << 1,

    /// <summary><c>*@b.example</c></summary>
    Domain = 1 << 2,

    /// <summary><c>/regex/</c></summary>
    Pattern = 1 << 3,
}

/// <summary>One address, or many.</summary>
/// <param name="Text">The address, the local part or the domain; empty for a pattern.</param>
public sealed record AddressPattern(AddressPatternKind Kind, string Text, PcrePattern? Pattern)
{
    public override string ToString() => Kind switch
    {
        AddressPatternKind.Pattern => $"{Pattern}",
        AddressPatternKind.Domain => $"*@{Text}",
        _ => Text,
    };

    /// <summary>The form of a directive that may mean addresses in some of the ways.</summary>
    internal static ValueForm<AddressPattern> FormOf(AddressPatternKind allowed)
    {
        string shape = string.Join(" or ", Shapes(allowed));
        return new ValueForm<AddressPattern>(shape, (text, reading, out value) => TryRead(text, allowed, shape, reading, out value)) { Quotes = QuoteUse.Raw };
    }

    private static IEnumerable<string> Shapes(AddressPatternKind allowed)
    {
        (AddressPatternKind Kind, string Shape)[] all =
        [
            (AddressPatternKind.Address, "an e-mail address"), (AddressPatternKind.LocalPart, "a local part"), (AddressPatternKind.Domain, "*@domain"),
            (AddressPatternKind.Pattern, "/pattern/"),
        ];
        return all.Where(s => allowed.HasFlag(s.Kind)).Select(s => s.Shape);
    }

    private static bool TryRead(string text, AddressPatternKind allowed, string shape, ValueReading reading, out AddressPattern value)
    {
        value = null!;
        if (text is ['/', ..] && allowed.HasFlag(AddressPatternKind.Pattern))
        {
            var cursor = new ValueCursor(text, reading);
            if (!cursor.TryPattern(out PcrePattern pattern) || !cursor.TryEnd())
            {
                return false;
            }

            value = new AddressPattern(AddressPatternKind.Pattern, "", pattern);
            return true;
        }

        if (text is ['/', .., '/'])
        {
            return reading.Fail("a /pattern/ cannot be used here");
        }

        if (allowed.HasFlag(AddressPatternKind.Domain) && text.StartsWith("*@", StringComparison.Ordinal)
            && DomainName.TryParse(text.AsSpan(2), out DomainName domain))
        {
            value = new AddressPattern(AddressPatternKind.Domain, domain.Text, null);
        }
        else if (allowed.HasFlag(AddressPatternKind.LocalPart) && EmailAddress.TryParse($"{text}@a.example", out EmailAddress local) && local.LocalPart == text)
        {
            value = new AddressPattern(AddressPatternKind.LocalPart, text, null);
        }
        else if (EmailAddress.TryParse(text, out _))
        {
            value = new AddressPattern(AddressPatternKind.Address, text, null);
        }

        return value is not null
            || reading.Fail(text is ['<', .., '>']
                ? $"write the address without < and >: {ValueParsers.Show(text[1..^1])}"
                : $"{ValueParsers.Show(text)} is not {shape}");
    }
}
