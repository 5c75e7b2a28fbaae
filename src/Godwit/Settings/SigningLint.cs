// What dkim-sign asks for and will not get: no key at all, an algorithm that receivers refuse, options that nobody reads. Static.

namespace Godwit.Settings;

/// <summary>Checks how mail is to be signed.</summary>
internal static class SigningLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        CheckedDirective? key = null;
        CheckedDirective? signs = null;
        CheckedDirective? asks = null;
        bool reads = false;
        foreach (CheckedDirective line in root.Lines())
        {
            key ??= line.Value is DomainKey ? line : null;
            reads |= line is { Value: true, Directive.Name: "process-x-dkim-options" };
            switch (line.Value)
            {
                case DkimSigning.Yes:
                    signs ??= line;
                    break;
                case DkimSigning.IfOptionsPresent:
                    asks ??= line;
                    break;
                case true when line.Directive.Name == "retain-x-dkim-key":
                    problems.Once("retained key", line.At, ConfigSeverity.Warning,
                        "retain-x-dkim-key yes sends the private key to the recipients; leave it out");
                    break;
                case DkimAlgorithm.RsaSha1:
                    problems.Once("signing sha1", line.ValueAt, ConfigSeverity.Warning,
                        $"{line.Directive.Name}: receivers do not accept rsa-sha1 (RFC 8301), and nothing is signed with it; "
                        + "rsa-sha256 is used with the same key");
                    break;
            }
        }

        if (asks is not null && !reads)
        {
            problems.Warn(asks.At,
                $"{asks.Directive.Name} if-x-dkim-options-present, and no <source> says \"process-x-dkim-options yes\"; mail leaves unsigned");
        }

        if (key is not null && signs is null && asks is null && !SenderCheckLint.Seals(root))
        {
            problems.Warn(key.At, "there is a domain-key, and no dkim-sign; mail leaves unsigned: add \"dkim-sign yes\" to <domain *>");
        }

        if (signs is not null && key is null && !HasUnreadKey(root))
        {
            problems.Warn(signs.At, $"{signs.Directive.Name} yes, and there is no domain-key; mail leaves unsigned: add \"domain-key SELECTOR, DOMAIN, FILE\"");
        }
    }

    /// <summary>Whether mail of some queue is to be signed, or of some source sealed.</summary>
    public static bool Signs(CheckedBlock root) =>
        SenderCheckLint.Seals(root) || root.Lines().Any(line => line.Value is DkimSigning.Yes or DkimSigning.IfOptionsPresent);

    private static bool HasUnreadKey(CheckedBlock block) => block.IsUnread("domain-key") || block.Blocks.Any(HasUnreadKey);
}
