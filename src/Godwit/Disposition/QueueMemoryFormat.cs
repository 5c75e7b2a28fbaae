// The state of one queue as a value in the spool: JSON with a version, so that a later Godwit can add to it and an earlier one can tell that it does not
// understand. Pure.

using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Disposition;

/// <summary>Writes and reads <see cref="QueueMemory"/>.</summary>
internal static class QueueMemoryFormat
{
    /// <summary>In front of every key.</summary>
    public const string Prefix = "queue/";

    /// <summary>In front of the key of a paused job; any value means paused.</summary>
    public const string JobPrefix = "job/";

    /// <summary>The key of the patterns that are paused, a line each.</summary>
    public const string PausesKey = "pauses";

    private const int Version = 1;

    /// <summary>Half of what the spool takes under one key (MessageSpool.PutStateAsync).</summary>
    private const int MaxOctets = 32 * 1024;

    /// <summary>Of a reason, characters that are kept: a million queues may have one in memory.</summary>
    private const int MaxReason = 200;

    public static string KeyOf(QueueKey queue) => $"{Prefix}{queue.Destination.Text}/{queue.VirtualMta}";

    public static bool TryReadKey(string key, out QueueKey queue)
    {
        queue = default;
        int slash = key.IndexOf('/', Prefix.Length);
        if (slash < 0 || !DomainName.TryParse(key.AsSpan(Prefix.Length, slash - Prefix.Length), out DomainName destination))
        {
            return false;
        }

        queue = new QueueKey(destination, key[(slash + 1)..]);
        return true;
    }

    /// <summary>Empty for a queue that nothing sets apart.</summary>
    public static byte[] Write(QueueMemory memory)
    {
        if (memory.IsPlain)
        {
            return [];
        }

        // Hundreds of disabled addresses may not fit with their reasons; that they are disabled is what must not be lost.
        byte[] octets = Write(memory, MaxReason);
        return octets.Length <= MaxOctets ? octets : Write(memory with { Disabled = [.. memory.Disabled.Take(MaxOctets / 128)] }, reasonLength: 0);
    }

    public static bool TryRead(ReadOnlySpan<byte> octets, out QueueMemory memory)
    {
        memory = new QueueMemory();
        try
        {
            if (JsonSerializer.Deserialize(octets, QueueStateJson.Default.QueueStateRecord) is not { Version: Version } state)
            {
                return false;
            }

            memory = new QueueMemory
            {
                IsPaused = state.Paused,
                Mode = state.Backoff ? QueueMode.Backoff : QueueMode.Normal,
                ModeUntil = new Instant(state.Until),
                ModeReason = state.Reason ?? "",
                Disabled = [.. (state.Disabled ?? []).Select(static source => new DisabledSource(
                    source.Address is null ? null : IPAddress.Parse(source.Address), new Instant(source.Until), source.Reason ?? ""))],
            };
            return true;
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            return false;
        }
    }

    private static byte[] Write(QueueMemory memory, int reasonLength) => JsonSerializer.SerializeToUtf8Bytes(
        new QueueStateRecord
        {
            Version = Version,
            Paused = memory.IsPaused,
            Backoff = memory.Mode == QueueMode.Backoff,
            Until = memory.ModeUntil.Ticks,
            Reason = Head(memory.ModeReason, reasonLength),
            Disabled = [.. memory.Disabled.Select(source => new QueueStateRecord.Source
            {
                Address = source.Address?.ToString(),
                Until = source.Until.Ticks,
                Reason = Head(source.Reason, reasonLength),
            })],
        },
        QueueStateJson.Default.QueueStateRecord);

    private static string Head(string text, int length) =>
        text.Length <= length ? text : text[..(length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
}

/// <summary>The state of one queue as it is written.</summary>
internal sealed record QueueStateRecord
{
    [JsonPropertyName("v")]
    public int Version { get; init; }

    public bool Paused { get; init; }

    public bool Backoff { get; init; }

    /// <summary>Ticks of <see cref="Instant"/>.</summary>
    public long Until { get; init; }

    public string? Reason { get; init; }

    public IReadOnlyList<Source>? Disabled { get; init; }

    /// <summary>A disabled source address.</summary>
    internal sealed record Source
    {
        /// <summary>null is the one that the system chooses.</summary>
        public string? Address { get; init; }

        public long Until { get; init; }

        public string? Reason { get; init; }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(QueueStateRecord))]
internal sealed partial class QueueStateJson : JsonSerializerContext;
