// Sessions of one day that were held to one policy. Owned by its DomainDay.

namespace Godwit.Trust;

/// <summary>Counts of one policy.</summary>
internal sealed class PolicyTally(ReportedPolicy policy)
{
    /// <summary>Kinds of failures that are told apart; more are only part of the sum. Reports are read by tools with bounds of their own.</summary>
    public const int MaxDetails = 100;

    private readonly Dictionary<TlsFailure, long> _details = [];

    public ReportedPolicy Policy { get; } = policy;

    public long Successes { get; private set; }

    public long Failures { get; private set; }

    public IReadOnlyDictionary<TlsFailure, long> Details => _details;

    public bool IsOf(ReportedPolicy other) => Policy.Kind == other.Kind && Policy.Domain == other.Domain
        && (ReferenceEquals(Policy.Lines, other.Lines) || Policy.Lines.SequenceEqual(other.Lines));

    public void Succeed(long times = 1) => Successes += times;

    /// <param name="failure">Null for those of which nothing but the number is known.</param>
    public void Fail(TlsFailure? failure, long times = 1)
    {
        Failures += times;
        if (failure is { } known && (_details.Count < MaxDetails || _details.ContainsKey(known)))
        {
            _details[known] = _details.GetValueOrDefault(known) + times;
        }
    }
}
