// A message rate so low that mail dies of it. The rate spreads attempts evenly, so a queue has one attempt each period/count, and every retry
// takes one as well. Below one attempt in bounce-after all mail but the first bounces untried; below two, one temporary failure is the end.
// Anything faster is a matter of how much mail comes, which no configuration says, and is left alone.

namespace Godwit.Settings;

/// <summary>Rates that <c>bounce-after</c> outruns.</summary>
internal static class RateLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        (TimeSpan slowest, TimeSpan _, TimeSpan shortest) = DomainTimes.Worst(root);
        if (settings is null || !IsTooSlow(slowest, shortest))
        {
            return;
        }

        foreach (WrittenDomain domain in WrittenDomain.Of(root, block => MayBeTooSlow(DomainTimes.Of(block), slowest, shortest)))
        {
            string? complaint = domain.Patterns.Select(p => domain.Effective(p, settings)).OfType<DeliverySettings>()
                .Select(Complaint).FirstOrDefault(c => c is not null);
            if (complaint is not null)
            {
                DomainTimes times = DomainTimes.Of(domain.Block);
                problems.WarnFew("rate", (times.RateLine ?? times.LifeLine)!.ValueAt, () => complaint);
            }
        }
    }

    private static bool MayBeTooSlow(DomainTimes times, TimeSpan slowest, TimeSpan shortest) =>
        (times.RateLine ?? times.LifeLine) is not null && IsTooSlow(times.Interval ?? slowest, times.Life ?? shortest);

    private static bool IsTooSlow(TimeSpan interval, TimeSpan life) => life > TimeSpan.Zero && interval * 2 > life;

    private static string? Complaint(DeliverySettings delivery)
    {
        TimeSpan interval = delivery.MaxMsgRate.Interval;
        TimeSpan life = delivery.BounceAfter;
        if (delivery.Kind != DeliveryKind.Smtp || !IsTooSlow(interval, life))
        {
            return null;
        }

        string numbers = $"max-msg-rate {ValueParsers.RateForm.Print(delivery.MaxMsgRate)} allows one attempt each {ValueParsers.PrintTime(interval)} "
            + $"and bounce-after is {ValueParsers.PrintTime(life)}";
        return interval > life
            ? $"{numbers}: {life / interval:0.##} recipients fit, so all but the first bounce untried; raise the rate or bounce-after"
            : $"{numbers}: a recipient that is put off once bounces before its next turn; raise the rate or bounce-after";
    }
}
