using System.Text.Json;
using System.Text.Json.Serialization;

namespace Godwit.Disposition;

/// <summary>The state of one queue as it is written. Times are ticks of <see cref="Foundation.Instant"/>; what is the default is left out.</summary>
internal sealed record QueueStateRecord
{
    [JsonPropertyName("v")]
    public int Version { get; init; }

    /// <summary>Of a provider's group; null for a queue.</summary>
    [JsonPropertyName("main")]
    public string? MainDomain { get; init; }

    public bool Paused { get; init; }

    public bool Backoff { get; init; }

    /// <summary>Of backoff mode.</summary>
    public long Until { get; init; }

    public string? Reason { get; init; }

    /// <summary>The way back from backoff mode.</summary>
    public Step? Return { get; init; }

    /// <summary>Until when a reply has put the queue off.</summary>
    public long Deferred { get; init; }

    public IReadOnlyList<Source>? Disabled { get; init; }

    public IReadOnlyList<Slow>? Slowed { get; init; }

    public IReadOnlyList<Step>? Returning { get; init; }

    public IReadOnlyList<Hold>? Holds { get; init; }

    /// <summary>A disabled source address.</summary>
    internal sealed record Source
    {
        /// <summary>null is the one that the system chooses.</summary>
        public string? Address { get; init; }

        public long Until { get; init; }

        public string? Reason { get; init; }
    }

    /// <summary>A source address with ceilings.</summary>
    internal sealed record Slow
    {
        /// <summary>null is the one that the system chooses.</summary>
        public string? Address { get; init; }

        public int Connections { get; init; }

        /// <summary>Recipients in each <see cref="Period"/>, which is in ticks of 100 ns.</summary>
        public long Count { get; init; }

        public long Period { get; init; }

        public int Messages { get; init; }

        public long Until { get; init; }
    }

    /// <summary>A way back: of the queue, or of a source address.</summary>
    internal sealed record Step
    {
        /// <summary>null is the one that the system chooses, and the queue.</summary>
        public string? Address { get; init; }

        public int Ceiling { get; init; }

        public long Next { get; init; }
    }

    /// <summary>A job or a sender whose mail waits or is slowed.</summary>
    internal sealed record Hold
    {
        public string? Job { get; init; }

        public string? Tenant { get; init; }

        public long Until { get; init; }

        /// <summary>Then with one order at a time.</summary>
        public bool Gradual { get; init; }

        /// <summary>Orders at once until <see cref="Ceiling"/>.</summary>
        public int Connections { get; init; }

        /// <summary>Recipients in each <see cref="Period"/>, which is in ticks of 100 ns.</summary>
        public long Count { get; init; }

        public long Period { get; init; }

        public long Ceiling { get; init; }

        /// <summary>How far the way back has come.</summary>
        public Step? Return { get; init; }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(QueueStateRecord))]
internal sealed partial class QueueStateJson : JsonSerializerContext;
