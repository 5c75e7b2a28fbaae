// Waits that outlast the mail. A step of retry-after longer than bounce-after means that what waits through it bounces without another attempt.

namespace Godwit.Settings;

/// <summary>Retry times beyond <c>bounce-after</c>.</summary>
internal static class RetryLint
{
    private const string StepsMember = nameof(DeliverySettings.RetryAfter);
    private const string RecipientMember = nameof(DeliverySettings.RetryRecipientsAfter);
    private const string LifeMember = nameof(DeliverySettings.BounceAfter);

    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        if (settings is null)
        {
            return;
        }

        // As in RateLint: what a block does not say itself is at worst the worst there is.
        var defaults = new DeliverySettings();
        TimeSpan longest = WrittenDomain.Values<IReadOnlyList<TimeSpan>>(root, StepsMember).Select(s => s.Max())
            .Concat(WrittenDomain.Values<TimeSpan>(root, RecipientMember)).Append(defaults.RetryAfter.Max()).Append(defaults.RetryRecipientsAfter).Max();
        TimeSpan shortest = WrittenDomain.Values<TimeSpan>(root, LifeMember).Append(defaults.BounceAfter).Min();
        bool MayComplain(CheckedBlock block) =>
            Longest(block, longest) > (WrittenDomain.Line(block, LifeMember)?.Value is TimeSpan life ? life : shortest);

        foreach (WrittenDomain domain in WrittenDomain.Of(root, b => IsConcerned(b) && MayComplain(b)))
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

    private static bool IsConcerned(CheckedBlock block) =>
        new[] { StepsMember, RecipientMember, LifeMember }.Any(member => WrittenDomain.Line(block, member) is not null);

    /// <summary>The longest wait that may apply: the block's own where it says both, else <paramref name="otherwise"/>.</summary>
    private static TimeSpan Longest(CheckedBlock block, TimeSpan otherwise) =>
        WrittenDomain.Line(block, StepsMember)?.Value is IReadOnlyList<TimeSpan> steps
            && WrittenDomain.Line(block, RecipientMember)?.Value is TimeSpan recipient
            ? TimeSpan.FromTicks(Math.Max(steps.Max().Ticks, recipient.Ticks))
            : otherwise;

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
