// What dkim-sign asks for and will not get: no key at all, an algorithm that receivers refuse, options that are not read yet. Static.

namespace Godwit.Settings;

/// <summary>Checks how mail is to be signed.</summary>
internal static class SigningLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        CheckedDirective? signs = null;
        bool hasKey = false;
        foreach (CheckedDirective line in Lines(root))
        {
            hasKey |= line.Value is DomainKey;
            switch (line.Value)
            {
                case DkimSigning.Yes:
                    signs ??= line;
                    break;
                case DkimSigning.IfOptionsPresent:
                    problems.Once("signing options", line.At, ConfigSeverity.Warning,
                        $"{line.Directive.Name} if-x-dkim-options-present: x-dkim-options is not read yet; mail leaves unsigned");
                    break;
                case DkimAlgorithm.RsaSha1:
                    problems.Once("signing sha1", line.ValueAt, ConfigSeverity.Warning,
                        $"{line.Directive.Name}: receivers do not accept rsa-sha1 (RFC 8301), and nothing is signed with it; "
                        + "rsa-sha256 is used with the same key");
                    break;
            }
        }

        if (signs is not null && !hasKey && !HasUnreadKey(root))
        {
            problems.Warn(signs.At, $"{signs.Directive.Name} yes, and there is no domain-key; mail leaves unsigned: add \"domain-key SELECTOR, DOMAIN, FILE\"");
        }
    }

    /// <summary>Whether mail of some queue is to be signed, or of some source sealed.</summary>
    public static bool Signs(CheckedBlock root) =>
        SenderCheckLint.Seals(root) || Lines(root).Any(line => line.Value is DkimSigning.Yes or DkimSigning.IfOptionsPresent);

    private static bool HasUnreadKey(CheckedBlock block) => block.IsUnread("domain-key") || block.Blocks.Any(HasUnreadKey);

    private static IEnumerable<CheckedDirective> Lines(CheckedBlock block) => block.Directives.Concat(block.Blocks.SelectMany(Lines));
}
