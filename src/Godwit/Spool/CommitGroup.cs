// Frames that will become durable with one sync, what they change in the ledger, and who waits for them. Used by the committer's thread alone.
// Nothing changes in memory before the sync has returned; when it fails, memory is as if the frames had never been.

using System.Runtime.InteropServices;
using Godwit.Mail;

namespace Godwit.Spool;

/// <summary>A copy that compaction made.</summary>
/// <param name="From">Where the message stood before.</param>
internal sealed record CopiedMessage(StoredMessage Message, long From, MessageDigest Digest);

/// <summary>Gathers frames for the active segment and applies them once they are durable. All of a group lie in one segment.</summary>
internal sealed class CommitGroup(SpoolWriter writer, SpoolLedger ledger)
{
    private readonly List<Change> _changes = [];
    private readonly List<SpoolWork> _waiting = [];
    private readonly HashSet<(StoredMessage Message, int Recipient)> _closing = [];
    private readonly Dictionary<StoredMessage, int> _closingCount = [];
    private readonly MarksFrame _marks = new();
    private readonly List<Change> _marksStaged = [];

    private enum ChangeKind : byte
    {
        Message,
        Part,
        Mark,
        Restate,
        State,
        Move,
    }

    /// <summary>Octets of frames in the group so far.</summary>
    public long Octets { get; private set; }

    /// <summary>Puts a message, a piece or a state in.</summary>
    public void Add(SpoolWork work)
    {
        int offset = writer.Append(
            TypeOf(work.Kind), work.Id.Value, work.DigestLength, work.Prefix.Memory, work.Head, work.Tail, work.PayloadLength, work.PayloadCrc);
        Octets += work.FrameOctets;
        ChangeKind kind = work.Kind switch
        {
            WorkKind.Store => ChangeKind.Message,
            WorkKind.Part => ChangeKind.Part,
            _ => ChangeKind.State,
        };
        _changes.Add(new Change(kind, offset, work));
    }

    /// <summary>This caller is released when the group is durable.</summary>
    public void ReleaseWith(SpoolWork work) => _waiting.Add(work);

    /// <summary>Puts one mark into the frame that is being filled; <see cref="CloseMarks"/> follows before anything else is appended.</summary>
    public void AddMark(in SpoolMark mark)
    {
        StoredMessage? found = ledger.Find(mark.Message.Location, out RecipientMarks? many);
        int count = many?.Count ?? 1;
        if (found != mark.Message || mark.RecipientIndex >= count || many?.IsDone(mark.RecipientIndex) == true
            || _closing.Contains((mark.Message, mark.RecipientIndex)))
        {
            return; // Over already: saying so twice changes nothing.
        }

        MarkKind kind = mark.Done ? Close(mark.Message, mark.RecipientIndex, count - (many?.DoneCount ?? 0)) : MarkKind.Deferred;
        RestateMark(kind, mark.Message.Location, new Deferral(
            mark.RecipientIndex, mark.Attempts, mark.NotBefore, mark.DelayNoticeSent, mark.LastReply ?? "", mark.VirtualMta));
    }

    /// <summary>Repeats a mark from a segment that is to be emptied.</summary>
    public void RestateMark(MarkKind kind, long target, in Deferral state)
    {
        _marks.Add(kind, target, state);
        _marksStaged.Add(new Change(ChangeKind.Mark, 0, Mark: kind, Target: target, Number: state.Recipient));
    }

    /// <summary>Repeats that a frame is void whose message memory has forgotten.</summary>
    public void RestateFinished(long target)
    {
        _marks.Add(MarkKind.Finished, target, default);
        _marksStaged.Add(new Change(ChangeKind.Restate, 0, Target: target));
    }

    /// <summary>Appends the marks gathered so far as one frame. The caller has made sure that it fits.</summary>
    public void CloseMarks()
    {
        if (_marks.Count == 0)
        {
            return;
        }

        _marks.Close();
        int offset = writer.Append(FrameType.Marks, 0, _marks.DigestLength, _marks.Payload.Memory);
        Octets += SpoolFormat.FrameOctets(_marks.Payload.Length);
        foreach (ref readonly Change staged in CollectionsMarshal.AsSpan(_marksStaged))
        {
            _changes.Add(staged with { Offset = offset });
        }

        _marks.Clear();
        _marksStaged.Clear();
    }

    /// <summary>Appends a copied piece of content; returns where it stands. Written at once: the caller uses its memory again.</summary>
    public ContentExtent CopyPart(ReadOnlyMemory<byte> payload)
    {
        int offset = Write(FrameType.Part, 0, 0, payload);
        _changes.Add(new Change(ChangeKind.Part, offset, Number: payload.Length));
        return new ContentExtent(SpoolLocation.Pack(writer.Active!.Sequence, offset), payload.Length);
    }

    public void CopyMessage(CopiedMessage copy, int digestLength, ReadOnlyMemory<byte> payload)
    {
        int offset = Write(FrameType.Message, copy.Message.Id.Value, digestLength, payload);
        _changes.Add(new Change(ChangeKind.Move, offset, Copy: copy));
    }

    public void CopyState(string key, byte[] value, ReadOnlyMemory<byte> payload)
    {
        int offset = Write(FrameType.State, 0, payload.Length, payload);
        _changes.Add(new Change(ChangeKind.State, offset, Key: key, Value: value));
    }

    /// <summary>Makes everything in the group durable, then changes the ledger, then releases who waits.</summary>
    public void Finish()
    {
        if (_changes.Count > 0)
        {
            if (IsOnlyParts())
            {
                writer.Flush(); // Pieces need no sync of their own: the message that names them will bring it.
            }
            else
            {
                writer.Commit();
            }

            Apply();
        }

        Release();
        Clear();
    }

    /// <summary>The frames of the group are void.</summary>
    public void Fail(Exception failure)
    {
        foreach (SpoolWork work in _waiting)
        {
            work.Fail(failure);
        }

        Clear();
    }

    private int Write(FrameType type, long id, int digestLength, ReadOnlyMemory<byte> payload)
    {
        int offset = writer.Append(type, id, digestLength, payload);
        writer.Flush();
        Octets += SpoolFormat.FrameOctets(payload.Length);
        return offset;
    }

    /// <summary>Done or Finished: whether this closes the last recipient that is open, those counted that this group closes.</summary>
    private MarkKind Close(StoredMessage message, int recipient, int open)
    {
        _closing.Add((message, recipient));
        int closing = CollectionsMarshal.GetValueRefOrAddDefault(_closingCount, message, out _) += 1;
        return closing == open ? MarkKind.Finished : MarkKind.Done;
    }

    private bool IsOnlyParts()
    {
        foreach (ref readonly Change change in CollectionsMarshal.AsSpan(_changes))
        {
            if (change.Kind != ChangeKind.Part)
            {
                return false;
            }
        }

        return true;
    }

    private void Apply()
    {
        SpoolSegment at = writer.Active!;
        lock (ledger.Gate)
        {
            foreach (ref readonly Change change in CollectionsMarshal.AsSpan(_changes))
            {
                Apply(at, change);
            }
        }
    }

    private void Apply(SpoolSegment at, in Change change)
    {
        switch (change.Kind)
        {
            case ChangeKind.Message:
                SpoolWork work = change.Work!;
                var message = new StoredMessage(
                    work.Id, SpoolLocation.Pack(at.Sequence, change.Offset), FrameHeader.Octets + work.PayloadLength, work.ContentLength, work.Recipients);
                ledger.AddMessage(at, change.Offset, message, work.Recipients, work.Extents);
                work.Result = new WorkResult(message, default);
                break;
            case ChangeKind.Part:
                int length = change.Work?.PayloadLength ?? change.Number;
                ledger.AddPart(at, change.Offset, length);
                if (change.Work is not null)
                {
                    change.Work.Result = new WorkResult(null, new ContentExtent(SpoolLocation.Pack(at.Sequence, change.Offset), length));
                }

                break;
            case ChangeKind.Mark:
                ledger.Mark(at, change.Offset, change.Mark, change.Target, change.Number);
                break;
            case ChangeKind.Restate:
                ledger.RestateFinished(at, change.Target);
                break;
            case ChangeKind.State:
                ApplyState(at, change);
                break;
            case ChangeKind.Move:
                ledger.Move(at, change.Offset, change.Copy!.Message, change.Copy.From, change.Copy.Digest);
                break;
        }
    }

    private void ApplyState(SpoolSegment at, in Change change)
    {
        string key = change.Work?.Key ?? change.Key!;
        byte[] value = change.Value ?? StateFrame.ValueOf(change.Work!.Prefix.Span);
        ledger.SetState(at, change.Offset, SpoolFormat.FrameOctets(change.Work?.PayloadLength ?? value.Length + key.Length), key, value);
    }

    private void Release()
    {
        foreach (SpoolWork work in _waiting)
        {
            work.Complete();
        }
    }

    private void Clear()
    {
        _changes.Clear();
        _waiting.Clear();
        _closing.Clear();
        _closingCount.Clear();
        Octets = 0;
    }

    private static FrameType TypeOf(WorkKind kind) => kind switch
    {
        WorkKind.Store => FrameType.Message,
        WorkKind.Part => FrameType.Part,
        _ => FrameType.State,
    };

    /// <param name="Number">The recipient of a mark, the length of a copied piece.</param>
    private readonly record struct Change(
        ChangeKind Kind, int Offset, SpoolWork? Work = null, MarkKind Mark = default, long Target = 0, int Number = 0,
        CopiedMessage? Copy = null, string? Key = null, byte[]? Value = null);
}
