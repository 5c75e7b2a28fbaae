using Godwit.Accounting;
using Godwit.Disposition;

namespace Godwit.Tests.Disposition;

/// <summary>Settlement's steps for tests that get no further than accounting: any later one fails.</summary>
internal static class UnusedSteps
{
    public static SettlementSteps With(
        Func<IReadOnlyList<AccountingRecord>, ValueTask> account, Func<RecordedHeader?>? header = null) => new()
    {
        Wants = _ => true,
        Account = account,
        WantsHeader = _ => header is not null,
        ReadHeader = (_, _) => header?.Invoke(),
        ReadEnvelope = _ => throw Unexpected(),
        ReadOriginal = (_, _) => throw Unexpected(),
        ReadLastReply = (_, _) => throw Unexpected(),
        Submit = _ => throw Unexpected(),
        Mark = _ => throw Unexpected(),
        Finish = (_, _, _) => throw Unexpected(),
        Defer = (_, _, _, _, _) => throw Unexpected(),
        Reroute = (_, _, _, _) => throw Unexpected(),
        WaitOf = _ => throw Unexpected(),
        RecordError = (_, _, _) => throw Unexpected(),
    };

    private static InvalidOperationException Unexpected() => new("no step after accounting was to be taken");
}
