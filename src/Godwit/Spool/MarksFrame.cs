// A marks frame's payload: the marks, which are its digest, then the replies of the deferred ones in the same order.
// Replies stay out of the index: recovery does not need them, an operator asks for one at a time.

using Godwit.Foundation;

namespace Godwit.Spool;

/// <summary>Stands on disk: never renumber.</summary>
internal enum MarkKind : byte
{
    Deferred = 1,

    /// <summary>The recipient is done, others of its message are open.</summary>
    Done = 2,

    /// <summary>The last open recipient is done: the message is over, whatever other marks say.</summary>
    Finished = 3,

    /// <summary>On disk only: deferred, and its virtual MTA is not that of the envelope. Read as <see cref="Deferred"/>.</summary>
    Rerouted = 4,
}

/// <summary>One mark on disk. It names its message by the place where the message lay when the mark was written.</summary>
internal readonly record struct MarkRecord(MarkKind Kind, long Target, Deferral State);

/// <summary>Writes the marks of one frame.</summary>
internal sealed class MarksFrame
{
    /// <summary>A frame is closed when it has grown to this: small enough to be copied whole into the committer's scratch memory.</summary>
    public const int FullOctets = 8 * 1024;

    /// <summary>Kind, place and recipient 0.</summary>
    public const int MaxVoidOctets = 12;

    private readonly OctetBuffer _replies = new();

    public OctetBuffer Payload { get; } = new();

    public int Count { get; private set; }

    /// <summary>The marks' octets, known once the frame is closed.</summary>
    public int DigestLength { get; private set; }

    /// <summary>What a mark takes at most: seven numbers, and a reply and a name in UTF-8.</summary>
    public static int Bound(in SpoolMark mark) => 64 + (mark.Done ? 0
        : 3 * (Math.Min(mark.LastReply?.Length ?? 0, SpoolFormat.MaxReplyChars) + (mark.VirtualMta?.Length ?? 0)));

    public void Clear()
    {
        Payload.Clear();
        _replies.Clear();
        Count = 0;
    }

    public void Add(MarkKind kind, long target, in Deferral state)
    {
        Count++;
        bool isRerouted = kind == MarkKind.Deferred && state.VirtualMta is { Length: > 0 };
        Payload.WriteByte((byte)(isRerouted ? MarkKind.Rerouted : kind));
        Payload.WriteNumber(target);
        if (kind == MarkKind.Deferred)
        {
            state.Write(Payload);
            if (isRerouted)
            {
                Payload.WriteText(state.VirtualMta);
            }

            _replies.WriteText(state.LastReply.AsSpan(0, Math.Min(state.LastReply.Length, SpoolFormat.MaxReplyChars)));
        }
        else
        {
            Payload.WriteNumber(state.Recipient);
        }
    }

    /// <summary>Puts the replies behind the marks. The payload is complete then.</summary>
    public void Close()
    {
        DigestLength = Payload.Length;
        Payload.WriteOctets(_replies.Span);
    }

    /// <summary>Reads the next mark of a digest, without its reply.</summary>
    public static MarkRecord Read(ref OctetReader from)
    {
        var kind = (MarkKind)from.ReadByte();
        long target = from.ReadNumber();
        switch (kind)
        {
            case MarkKind.Deferred:
                return new MarkRecord(kind, target, Deferral.Read(ref from));
            case MarkKind.Rerouted:
                Deferral rerouted = Deferral.Read(ref from);
                return new MarkRecord(MarkKind.Deferred, target, rerouted with { VirtualMta = from.ReadText() });
            default:
                return new MarkRecord(kind, target, new Deferral(from.ReadCount(), 0, default, default, ""));
        }
    }

    /// <summary>Reads all marks of a frame, with their replies if the payload is there.</summary>
    public static List<MarkRecord> ReadAll(ReadOnlySpan<byte> payload, int digestLength, bool withReplies)
    {
        var all = new List<MarkRecord>();
        var marks = new OctetReader(payload[..digestLength]);
        var replies = new OctetReader(payload[digestLength..]);
        while (marks.Remaining > 0)
        {
            MarkRecord mark = Read(ref marks);
            all.Add(withReplies && mark.Kind == MarkKind.Deferred ? mark with { State = mark.State with { LastReply = replies.ReadText() } } : mark);
        }

        return all;
    }
}
