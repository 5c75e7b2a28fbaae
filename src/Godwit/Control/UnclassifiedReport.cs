// "show unclassified": refusals that no rule knew, so that an operator sees which rule is missing.

using System.Text;
using Godwit.Disposition;

namespace Godwit.Control;

/// <summary>Kinds of replies, the most frequent first. <c>#</c> and the like stand for what differs from mail to mail.</summary>
public sealed class UnclassifiedReport(IReadOnlyList<UnclassifiedReply> replies) : OperatorReport
{
    public IReadOnlyList<UnclassifiedReply> Replies => replies;

    public override ReportGroup ToTree() => new() { { "reply", new ReportList([.. replies.Select(Describe)]) } };

    public override void WriteText(StringBuilder text)
    {
        if (replies.Count == 0)
        {
            text.Append("Every refusal since the start was one that a rule knows, or there was none.\n");
            return;
        }

        text.Append("    count last seen            reply\n");
        foreach (UnclassifiedReply reply in replies)
        {
            text.Append($"{reply.Count,9} {ReportNumbers.Time(reply.Last)} {reply.Mask}\n");
            text.Append($"          first from {reply.Destination}: {reply.Sample}\n");
        }
    }

    private static ReportGroup Describe(UnclassifiedReply reply) => new()
    {
        { "count", reply.Count },
        { "firstSeen", ReportNumbers.Time(reply.First) },
        { "lastSeen", ReportNumbers.Time(reply.Last) },
        { "mask", reply.Mask },
        { "sample", reply.Sample },
        { "domain", reply.Destination.Text },
    };
}
