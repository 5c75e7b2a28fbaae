// alias: mail for an address goes to others. Immutable.

using Godwit.Mail;

namespace Godwit.Settings;

/// <summary><c>alias SOURCE TARGET[,TARGET]</c>.</summary>
/// <param name="Source">An address, a local part in every local domain, or a whole domain; never a pattern.</param>
/// <param name="Targets">At least one.</param>
public sealed record AliasRule(AddressPattern Source, IReadOnlyList<EmailAddress> Targets)
{
    private static readonly ValueForm<AddressPattern> _source =
        AddressPattern.FormOf(AddressPatternKind.Address | AddressPatternKind.LocalPart | AddressPatternKind.Domain);

    internal static ValueForm<AliasRule> Form { get; } = new(
        $"{_source.Shape}, and addresses, comma separated",
        (text, reading, out value) =>
        {
            value = null!;
            var cursor = new ValueCursor(text, reading);
            if (!cursor.TryPart(_source, out AddressPattern source) || !cursor.TryItems("an e-mail address", out List<ValueWord> words))
            {
                return false;
            }

            var targets = new List<EmailAddress>();
            foreach (ValueWord word in words)
            {
                if (!ValueParsers.Email.TryReadPart(word, reading, out EmailAddress target))
                {
                    return false;
                }

                targets.Add(target);
            }

            value = new AliasRule(source, targets);
            return true;
        },
        v => $"{v.Source} {string.Join(',', v.Targets)}") { Quotes = QuoteUse.Raw };

    public bool Equals(AliasRule? other) => other is not null && Source == other.Source && Targets.SequenceEqual(other.Targets);

    public override int GetHashCode() => HashCode.Combine(Source, Targets.Count);
}
