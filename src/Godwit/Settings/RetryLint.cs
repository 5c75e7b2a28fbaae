// Waits that outlast the mail. A step of retry-after longer than bounce-after means that what waits through it bounces without another attempt.

namespace Godwit.Settings;

/// <summary>Retry times beyond <c>bounce-after</c>.</summary>
internal static class RetryLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        (TimeSpan _, TimeSpan longest, TimeSpan shortest) = DomainTimes.Worst(root);
        if (settings is null || longest <= shortest)
        {
            return;
        }

        foreach (WrittenDomain domain in WrittenDomain.Of(root, block => MayOutlast(DomainTimes.Of(block), longest, shortest)))
        {
            foreach (DomainPattern pattern in domain.Patterns)
            {
                if (domain.Effective(pattern, settings) is { Kind: DeliveryKind.Smtp, BounceAfter.Ticks: > 0 } delivery
                    && Report(domain.Block, delivery, problems))
                {
                    break;
                }
            }
        }
    }

    private static bool MayOutlast(DomainTimes times, TimeSpan longest, TimeSpan shortest)
    {
        TimeSpan life = times.Life ?? shortest;
        return (times.StepsLine ?? times.RecipientLine ?? times.LifeLine) is not null
            && ((times.LongestStep ?? longest) > life || (times.Recipient ?? longest) > life);
    }

    private static bool Report(CheckedBlock block, DeliverySettings delivery, ProblemList problems)
    {
        TimeSpan longest = delivery.RetryAfter.Max();
        bool queue = Report(block, "retry-after", longest, delivery.BounceAfter, "mail that waits through it bounces without another attempt", problems);
        bool recipient = Report(block, "retry-recipients-after", delivery.RetryRecipientsAfter, delivery.BounceAfter,
            "a recipient that is put off once is not tried again", problems);
        return queue || recipient;
    }

    private static bool Report(CheckedBlock block, string name, TimeSpan wait, TimeSpan life, string consequence, ProblemList problems)
    {
        if (wait > life)
        {
            CheckedDirective line = (block.Last(name) ?? block.Last("bounce-after") ?? block.Directives[^1])!;
            problems.WarnFew(name, line.ValueAt, () => $"{name} {ValueParsers.PrintTime(wait)} is longer than bounce-after {ValueParsers.PrintTime(life)}: "
                + $"{consequence}; make it shorter, or bounce-after longer");
        }

        return wait > life;
    }
}
