// One caller that waits for a commit: what it wants written and, afterwards, what came of it. Pooled, awaited once, encoded on the caller's
// thread so that checksums of many sessions are computed in parallel. The caller's continuation never runs on the committer's thread.

using System.Collections.Concurrent;
using System.Threading.Tasks.Sources;
using Godwit.Mail;

namespace Godwit.Spool;

internal enum WorkKind
{
    Store,
    Part,
    Marks,
    State,
}

/// <summary>What a commit gives back.</summary>
internal readonly record struct WorkResult(StoredMessage? Message, ContentExtent Extent);

/// <summary>A unit of work for the committer, and the task of whoever waits for it.</summary>
internal sealed class SpoolWork : IValueTaskSource<StoredMessage>, IValueTaskSource<ContentExtent>, IValueTaskSource
{
    private readonly Pool _pool;
    private ManualResetValueTaskSourceCore<WorkResult> _core = new() { RunContinuationsAsynchronously = true };

    private SpoolWork(Pool pool) => _pool = pool;

    public WorkKind Kind { get; private set; }

    public MessageId Id { get; private set; }

    public int Recipients { get; private set; }

    public long ContentLength { get; private set; }

    /// <summary>Digest and envelope, or the whole payload of a state frame.</summary>
    public OctetBuffer Prefix { get; } = new();

    public int DigestLength { get; private set; }

    public int PayloadLength { get; private set; }

    public uint PayloadCrc { get; private set; }

    public IReadOnlyList<ReadOnlyMemory<byte>> Head { get; private set; } = [];

    public IReadOnlyList<ReadOnlyMemory<byte>> Tail { get; private set; } = [];

    public ContentExtent[] Extents { get; private set; } = [];

    public IReadOnlyList<SpoolMark> Marks { get; private set; } = [];

    public string Key { get; private set; } = "";

    /// <summary>What to hand the caller when the commit is durable.</summary>
    public WorkResult Result { get; set; }

    public short Version => _core.Version;

    public int FrameOctets => SpoolFormat.FrameOctets(PayloadLength);

    public void PrepareStore(
        Envelope envelope, IReadOnlyList<ReadOnlyMemory<byte>> head, ContentExtent[] extents, IReadOnlyList<ReadOnlyMemory<byte>> tail)
    {
        Kind = WorkKind.Store;
        Id = envelope.Id;
        Recipients = envelope.Recipients.Count;
        Head = head;
        Tail = tail;
        Extents = extents;
        int headLength = LengthOf(head);
        int inlined = headLength + LengthOf(tail);
        ContentLength = inlined;
        foreach (ContentExtent extent in extents)
        {
            ContentLength += extent.Length;
        }

        DigestLength = MessageDigest.Write(Prefix, envelope, ContentLength, headLength, extents);
        Seal(inlined);
    }

    public void PreparePart(IReadOnlyList<ReadOnlyMemory<byte>> octets)
    {
        Kind = WorkKind.Part;
        Head = octets;
        Seal(LengthOf(octets));
    }

    public void PrepareMarks(IReadOnlyList<SpoolMark> marks)
    {
        for (int i = 0; i < marks.Count; i++)
        {
            // Checked here, where only the caller fails; on the committer's thread it would be everybody.
            ArgumentNullException.ThrowIfNull(marks[i].Message, nameof(marks));
            ArgumentOutOfRangeException.ThrowIfNegative(marks[i].RecipientIndex, nameof(marks));
            ArgumentOutOfRangeException.ThrowIfNegative(marks[i].Attempts, nameof(marks));
        }

        Kind = WorkKind.Marks;
        Marks = marks;
    }

    public void PrepareState(string key, ReadOnlySpan<byte> value)
    {
        Kind = WorkKind.State;
        Key = key;
        Prefix.WriteText(key);
        Prefix.WriteOctets(value);
        DigestLength = Prefix.Length;
        Seal(0);
    }

    public void Complete() => _core.SetResult(Result);

    public void Fail(Exception failure) => _core.SetException(failure);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    StoredMessage IValueTaskSource<StoredMessage>.GetResult(short token) => Take(token).Message!;

    ContentExtent IValueTaskSource<ContentExtent>.GetResult(short token) => Take(token).Extent;

    void IValueTaskSource.GetResult(short token) => Take(token);

    public static int LengthOf(IReadOnlyList<ReadOnlyMemory<byte>> parts)
    {
        int length = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            length = checked(length + parts[i].Length);
        }

        return length;
    }

    private void Seal(int content)
    {
        PayloadLength = checked(Prefix.Length + content);
        uint running = Crc32C.Append(Crc32C.Begin, Prefix.Span);
        PayloadCrc = Crc32C.End(Crc32C.Append(Crc32C.Append(running, Head), Tail));
    }

    private WorkResult Take(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            Reset();
            _pool.Return(this);
        }
    }

    private void Reset()
    {
        _core.Reset();
        Prefix.Clear();
        DigestLength = 0;
        Head = Tail = [];
        Extents = [];
        Marks = [];
        Result = default;
    }

    /// <summary>Works that nobody uses. Thread safe.</summary>
    public sealed class Pool
    {
        /// <summary>As many as may wait for one commit.</summary>
        private const int MaxPooled = SpoolCommitter.MaxWaiting;

        private readonly ConcurrentQueue<SpoolWork> _works = [];

        public SpoolWork Rent() => _works.TryDequeue(out SpoolWork? work) ? work : new SpoolWork(this);

        public void Return(SpoolWork work)
        {
            if (_works.Count < MaxPooled)
            {
                _works.Enqueue(work);
            }
        }
    }
}
