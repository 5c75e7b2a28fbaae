// Words of rules for replies that this version knows and cannot carry out yet. Static.

namespace Godwit.Settings;

/// <summary>Looks at rules for replies, the user's and those of a provider file.</summary>
internal static class ReplyLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems) => Check(root, problems);

    private static void Check(CheckedBlock block, ProblemList problems)
    {
        foreach (CheckedDirective line in block.Directives)
        {
            ReplyReaction? reaction = line.Value switch { ReplyRule rule => rule.Reaction, ProviderReply rule => rule.Reaction, _ => null };
            if (reaction?.Has(ReactionActs.RequireTls) == true)
            {
                problems.WarnFew("tls", line.At, static () => "tls in a rule for replies only writes a line to the log: this version sends without TLS. "
                    + "Such mail is tried again as after any other reply of its code");
            }
        }

        foreach (CheckedBlock inner in block.Blocks)
        {
            Check(inner, problems);
        }
    }
}
