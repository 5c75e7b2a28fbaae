// Lines about MX hosts: mx-rollup-list and mx-connection-limit. Immutable.

using Godwit.Mail;

namespace Godwit.Settings;

/// <summary><c>mx PATTERN NAME.rollup [rollup-by-ip]</c>: domains whose MX hosts these are share a queue.</summary>
/// <param name="ByAddress">The addresses of MX hosts are compared instead of their names.</param>
public sealed record MxRollupRule(DomainPattern Host, DomainName Rollup, bool ByAddress)
{
    /// <summary>What the name of a rollup, and of a provider's group, ends in.</summary>
    public const string Ending = ".rollup";
    private const string ByIp = "rollup-by-ip";

    private static readonly ValueForm<DomainName> _name = new(
        "NAME.rollup",
        (text, reading, out value) =>
            (DomainName.TryParse(text, out value) && value.Text.Length > Ending.Length && value.Text.EndsWith(Ending, StringComparison.Ordinal))
            || reading.Fail($"{ValueParsers.Show(text)} does not end in {Ending}"));

    internal static ValueForm<MxRollupRule> Form { get; } = new(
        "an MX host or pattern, NAME.rollup, and rollup-by-ip if wanted",
        (text, reading, out value) =>
        {
            value = null!;
            var cursor = new ValueCursor(text, reading);
            if (!cursor.TryPart(ValueParsers.HostPattern, out DomainPattern host) || !cursor.TryPart(_name, out DomainName name))
            {
                return false;
            }

            value = new MxRollupRule(host, name, cursor.TakeWord(ByIp));
            return cursor.TryEnd();
        },
        v => $"{v.Host} {v.Rollup}{(v.ByAddress ? " " + ByIp : "")}") { Quotes = QuoteUse.Raw };
}

/// <summary><c>mx-connection-limit PATTERN NUMBER</c>: connections at once to an MX host, from one source address.</summary>
/// <param name="Connections">0 is no limit.</param>
public sealed record MxConnectionLimit(DomainPattern Host, int Connections)
{
    internal static ValueForm<MxConnectionLimit> Form { get; } = ValueParsers.Pair(
        "an MX host or pattern, and a number", ValueParsers.HostPattern, ValueParsers.IntegerOrUnlimited("unlimited"),
        (h, n) => new MxConnectionLimit(h, n), v => (v.Host, v.Connections));
}
