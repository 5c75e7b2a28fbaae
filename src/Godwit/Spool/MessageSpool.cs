// The spool: what is written here survives a crash. One committer gathers whatever waits, syncs once and releases all.
// This is the front: it checks what callers hand in and passes it on. Thread safe. Files: SpoolFormat (layout), SpoolCommitter (writing),
// SpoolReader (reading), SpoolLedger (what is needed, and the invariant), SpoolRecovery (after a crash), SpoolCompaction (space).

using System.Security.Cryptography;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Microsoft.Extensions.Logging;

namespace Godwit.Spool;

/// <summary>A piece of content that already lies in the spool, not yet part of a message.</summary>
public readonly record struct ContentExtent(long Location, int Length);

/// <summary>What recovery found about one recipient that is still to be delivered.</summary>
/// <param name="NotBefore">Not before this time is it attempted again.</param>
public readonly record struct RecoveredRecipient(
    int Index, int Attempts, Instant NotBefore, Instant DelayNoticeSent, string VirtualMta = "");

/// <summary>A message that survived: its handle, its envelope and its open recipients.</summary>
public sealed record RecoveredMessage(StoredMessage Message, Envelope Envelope, IReadOnlyList<RecoveredRecipient> Open);

/// <summary>One change of a recipient's state, to be made durable.</summary>
/// <param name="Done">The recipient has its final fate; the other members do not count then.</param>
/// <param name="LastReply">What the peer said, for the operator; bounded to 512 characters by the spool.</param>
/// <param name="VirtualMta">Where it waits from now on; empty: at the virtual MTA of its envelope.</param>
public readonly record struct SpoolMark(
    StoredMessage Message, int RecipientIndex, bool Done, int Attempts, Instant NotBefore, Instant DelayNoticeSent, string LastReply, string VirtualMta = "");

/// <summary>The durable store of messages and of what became of their recipients. Thread safe.</summary>
public sealed class MessageSpool : IAsyncDisposable
{
    /// <summary>The most octets that one piece written ahead may have.</summary>
    public const int MaxPieceOctets = SpoolFormat.MaxPieceOctets;

    private readonly SpoolWork.Pool _works = new();
    private readonly SpoolOptions _options;
    private readonly IDisposable _lock;
    private readonly SegmentPool _pool;
    private readonly SpoolLedger _ledger;
    private readonly SpoolReader _reader;
    private readonly SpoolRecovery _recovery;
    private readonly SpoolCommitter _committer;
    private readonly SpoolAcceptance _acceptance;
    private readonly IVolume _volume;
    private int _disposed;

    private MessageSpool(IVolume volume, IDisposable held, Func<long> minFreeSpace, ServerClock clock, ILogger log, SpoolOptions options)
    {
        _lock = held;
        _options = options;
        _ledger = new SpoolLedger(clock);
        _pool = new SegmentPool(volume, options, clock, log);
        _reader = new SpoolReader(volume, _ledger, log);
        _recovery = new SpoolRecovery(volume, _ledger, _pool, _reader, log);
        _recovery.Run();
        RecoveredState = _ledger.States.Where(state => state.Value.Value.Length > 0).ToDictionary(state => state.Key, state => state.Value.Value);
        LargestId = new MessageId(_ledger.LargestId);
        uint secret = _recovery.Secret ?? BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));
        var writer = new SpoolWriter(volume, _pool, _ledger, options, secret, clock.Time, log);
        _committer = new SpoolCommitter(volume, options, _pool, _ledger, writer, _reader, clock, log);
        _acceptance = new SpoolAcceptance(volume, minFreeSpace, _pool, _committer, clock, log);
        (Syncs, _volume) = (writer.Syncs, volume);
        _pool.FillAhead();
    }

    /// <summary>
    /// Opens the spool and reads what survived. Throws <see cref="SpoolException"/> when the folder is missing, held by another process or unreadable.
    /// </summary>
    /// <param name="minFreeSpace">Octets of free disk below which <see cref="MayAccept"/> says no; asked about once a second.</param>
    public static MessageSpool Open(IVolume volume, Func<long> minFreeSpace, ServerClock clock, ILogger log) =>
        Open(volume, minFreeSpace, clock, log, SpoolOptions.Default);

    internal static MessageSpool Open(IVolume volume, Func<long> minFreeSpace, ServerClock clock, ILogger log, SpoolOptions options)
    {
        IDisposable held = Lock(volume);
        try
        {
            return new MessageSpool(volume, held, minFreeSpace, clock, log, options);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>What survived, oldest first. Enumerate once, before anything is written.</summary>
    public IEnumerable<RecoveredMessage> Recovered => _recovery.Enumerate();

    /// <summary>The values that were put under keys before the last stop.</summary>
    public IReadOnlyDictionary<string, byte[]> RecoveredState { get; }

    /// <summary>The largest id that this spool ever held: new ids must be larger. 0 for a new spool.</summary>
    public MessageId LargestId { get; }

    /// <summary>Segment files that hold something, and free ones that wait to be used again.</summary>
    public (int InUse, int Free) Files => (_ledger.Segments.Count, _pool.FreeCount);

    /// <summary>Octets of one file.</summary>
    public int FileOctets => _options.SegmentOctets;

    /// <summary>How long syncs took.</summary>
    public LogHistogram Syncs { get; }

    /// <summary>Octets that are free on the disk; null when it does not say. Asks the system.</summary>
    public long? FreeBytes
    {
        get
        {
            try
            {
                return _volume.FreeBytes;
            }
            catch (IOException)
            {
                return null; // Whether mail may be taken is decided elsewhere, and said there.
            }
        }
    }

    /// <summary>Whether new mail may be taken; otherwise why not (disk nearly full, a sync has failed): the text of a 4xx, without paths. Cheap.</summary>
    public bool MayAccept(out string reason) => _acceptance.MayAccept(out reason);

    /// <summary>
    /// Writes a piece of a large content ahead of its message: at most <see cref="MaxPieceOctets"/>. Durable only with the message that names it.
    /// Whoever writes pieces hands them to <see cref="ForgetParts"/> when their message does not come. A piece that no message has named within
    /// a day is forgotten anyway.
    /// </summary>
    public ValueTask<ContentExtent> WritePartAsync(IReadOnlyList<ReadOnlyMemory<byte>> octets, CancellationToken cancellation)
    {
        int length = SpoolWork.LengthOf(octets);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _options.PieceOctets, nameof(octets));
        SpoolWork work = _works.Rent();
        work.PreparePart(octets);
        return _committer.TrySubmit(work) ? new ValueTask<ContentExtent>(work, work.Version) : SubmitSlowlyAsync(work);

        async ValueTask<ContentExtent> SubmitSlowlyAsync(SpoolWork waiting)
        {
            await _committer.SubmitAsync(waiting, cancellation);
            return await new ValueTask<ContentExtent>(waiting, waiting.Version);
        }
    }

    /// <summary>
    /// Reads a piece that was written ahead and that no message has named yet. Throws <see cref="SpoolException"/> when it is damaged or forgotten.
    /// </summary>
    internal SpoolPart ReadPart(ContentExtent extent) => _reader.ReadPart(extent);

    /// <summary>
    /// Forgets pieces whose message will not come; their space is free within a second. Pieces that a message has named stay, so it is right to say
    /// this about every piece once its message is stored or given up. Never waits and never fails: a restart forgets them too.
    /// </summary>
    public void ForgetParts(IReadOnlyList<ContentExtent> extents)
    {
        if (extents.Count > 0)
        {
            _committer.Forget(extents);
        }
    }

    /// <summary>
    /// Stores a message: content is <paramref name="head"/>, then the <paramref name="extents"/>, then <paramref name="tail"/>.
    /// Returns when it is durable. Throws <see cref="SpoolException"/> when it is not.
    /// </summary>
    public ValueTask<StoredMessage> StoreAsync(
        Envelope envelope, IReadOnlyList<ReadOnlyMemory<byte>> head, IReadOnlyList<ContentExtent> extents, IReadOnlyList<ReadOnlyMemory<byte>> tail)
    {
        ArgumentOutOfRangeException.ThrowIfZero(envelope.Recipients.Count, nameof(envelope));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(envelope.Recipients.Count, Envelope.MaxRecipients, nameof(envelope));
        if (SpoolWork.LengthOf(head) + (long)SpoolWork.LengthOf(tail) > _options.PieceOctets)
        {
            return StoreInPiecesAsync(envelope, head, extents, tail);
        }

        SpoolWork work = _works.Rent();
        work.PrepareStore(envelope, head, extents.Count == 0 ? [] : [.. extents], tail);
        return _committer.TrySubmit(work) ? new ValueTask<StoredMessage>(work, work.Version) : SubmitSlowlyAsync(work);

        async ValueTask<StoredMessage> SubmitSlowlyAsync(SpoolWork waiting)
        {
            await _committer.SubmitAsync(waiting, CancellationToken.None);
            return await new ValueTask<StoredMessage>(waiting, waiting.Version);
        }
    }

    /// <summary>
    /// Makes changes durable, in one commit. Returns when they are. The last <c>Done</c> of a message frees its space.
    /// Counts the message's open recipients down itself (<see cref="StoredMessage.CloseRecipient"/>). A mark about a recipient that is done already
    /// changes nothing. The list must stay as it is until then. Throws <see cref="SpoolException"/>; some of the marks may then be durable, and
    /// saying them again is right.
    /// </summary>
    public ValueTask MarkAsync(IReadOnlyList<SpoolMark> marks)
    {
        SpoolWork work = _works.Rent();
        work.PrepareMarks(marks);
        return SubmitAsync(work);
    }

    /// <summary>Keeps a small value under a key over restarts; the last one wins. An empty value removes the key.</summary>
    public ValueTask PutStateAsync(string key, ReadOnlyMemory<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, SpoolFormat.MaxStateKeyChars, nameof(key));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, SpoolFormat.MaxStateOctets, nameof(value));
        SpoolWork work = _works.Rent();
        work.PrepareState(key, value.Span);
        return SubmitAsync(work);
    }

    /// <summary>
    /// Reads a message for an attempt. Dispose it when the attempt is over: until then its segment is not recycled.
    /// Throws <see cref="SpoolException"/> when it is damaged or not open any more.
    /// </summary>
    public SpooledContent Read(StoredMessage message) => _reader.Read(message);

    /// <summary>What the peer said last about a recipient that waits; empty when nothing is known. Reads the disk.</summary>
    public string ReadLastReply(StoredMessage message, int recipientIndex) => _reader.ReadLastReply(message, recipientIndex);

    /// <summary>Commits what waits; for tests that run without the committer's thread.</summary>
    internal void CommitWaiting() => _committer.CommitWaiting();

    /// <summary>Commits what waits, closes the segment with its index, and gives the lock back. Later calls throw <see cref="SpoolException"/>.</summary>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _committer.Dispose();
            foreach (SpoolSegment segment in _ledger.Segments.Values)
            {
                segment.File.Dispose();
            }

            _pool.Dispose();
            _lock.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private static IDisposable Lock(IVolume volume)
    {
        try
        {
            volume.List();
            return volume.TryLock(SpoolFormat.LockName, out string holder)
                ?? throw new SpoolException(
                    $"the spool {volume.Path} is in use by process {(holder.Length > 0 ? holder : "(unknown)")}; "
                    + "stop that godwitd, or give this one another spool") { IsInUse = true };
        }
        catch (DirectoryNotFoundException missing)
        {
            throw new SpoolException($"the spool folder {volume.Path} does not exist; create it, owned by the user that runs godwitd", missing);
        }
        catch (IOException failure)
        {
            throw new SpoolException($"the spool folder {volume.Path} cannot be used: {failure.Message}", failure);
        }
    }

    private ValueTask SubmitAsync(SpoolWork work)
    {
        return _committer.TrySubmit(work) ? new ValueTask(work, work.Version) : SubmitSlowlyAsync(work);

        async ValueTask SubmitSlowlyAsync(SpoolWork waiting)
        {
            await _committer.SubmitAsync(waiting, CancellationToken.None);
            await new ValueTask(waiting, waiting.Version);
        }
    }

    /// <summary>What does not fit into one frame beside its envelope goes ahead in pieces.</summary>
    private async ValueTask<StoredMessage> StoreInPiecesAsync(
        Envelope envelope, IReadOnlyList<ReadOnlyMemory<byte>> head, IReadOnlyList<ContentExtent> extents, IReadOnlyList<ReadOnlyMemory<byte>> tail)
    {
        var all = new List<ContentExtent>();
        try
        {
            await WritePiecesAsync(head, all);
            all.AddRange(extents);
            await WritePiecesAsync(tail, all);
            return await StoreAsync(envelope, [], all, []);
        }
        catch (SpoolException)
        {
            ForgetParts(all);
            throw;
        }
    }

    private async ValueTask WritePiecesAsync(IReadOnlyList<ReadOnlyMemory<byte>> parts, List<ContentExtent> written)
    {
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            for (int offset = 0; offset < part.Length; offset += _options.PieceOctets)
            {
                int length = Math.Min(_options.PieceOctets, part.Length - offset);
                written.Add(await WritePartAsync([part.Slice(offset, length)], CancellationToken.None));
            }
        }
    }
}
