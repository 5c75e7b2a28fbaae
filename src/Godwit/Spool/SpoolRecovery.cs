// What survived: reads the indexes of all segments (or the segments, where an index is missing), oldest first, and replays them into the ledger.
// A segment that was being written when the server stopped is cut behind its last intact frame and never appended to again.
// Whatever is found there becomes the ground for later decisions, so it is first made durable for certain: the last group is written once more,
// because memory may show what a failed sync never brought to the device.
// Memory stays in proportion to what is open: one segment's entries at a time, and the open messages.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Microsoft.Extensions.Logging;

namespace Godwit.Spool;

/// <summary>Fills a ledger from a disk. Used once, before anything is written.</summary>
internal sealed class SpoolRecovery(IVolume volume, SpoolLedger ledger, SegmentPool pool, SpoolReader reader, ILogger log)
{
    private readonly Dictionary<(StoredMessage Message, int Recipient), Deferral> _deferrals = [];
    private readonly HashSet<StoredMessage> _incomplete = [];
    private readonly HashSet<int> _torn = [];
    private int _tailFrom;

    /// <summary>The spool's secret; null when no segment holds it, as in a new spool.</summary>
    public uint? Secret { get; private set; }

    /// <summary>Reads everything. Throws <see cref="SpoolException"/> when the disk cannot be read.</summary>
    public void Run()
    {
        try
        {
            IReadOnlyList<string> names = volume.List();
            long[] sequences = [.. Sequences(names, SpoolFormat.SegmentSuffix).Order()];
            AdoptFree(names);
            OpenSegments(sequences);
            DeleteOrphanIndexes(names);
            foreach (long sequence in sequences)
            {
                Replay(ledger.Segments[sequence]);
            }

            foreach (long sequence in sequences)
            {
                SpoolSegment segment = ledger.Segments[sequence];
                segment.Ledger.Trim();
                ledger.ForgetParts(segment, Instant.Never);
                ledger.Shrunk(segment);
            }
        }
        catch (IOException failure)
        {
            throw new SpoolException($"cannot read the spool in {volume.Path}: {failure.Message}", failure);
        }
    }

    /// <summary>What is open, oldest first. A message whose envelope cannot be read is reported and left where it is.</summary>
    public IEnumerable<RecoveredMessage> Enumerate()
    {
        foreach (StoredMessage message in OldestFirst())
        {
            if (_incomplete.Contains(message))
            {
                string file = PathOf(ledger.Segments[SpoolLocation.Sequence(message.Location)]);
                log.SpoolMessageIncomplete(message.Id.ToString(), file, SpoolLocation.Offset(message.Location));
            }
            else if (TryRead(message) is { } recovered)
            {
                yield return recovered;
            }
        }

        _deferrals.Clear();
        _deferrals.TrimExcess();
        _incomplete.Clear();
    }

    private List<StoredMessage> OldestFirst()
    {
        var open = new List<StoredMessage>();
        lock (ledger.Gate)
        {
            foreach (SpoolSegment segment in ledger.Segments.Values)
            {
                foreach (ref readonly LiveMessage entry in segment.Ledger.Messages)
                {
                    if (entry.Message is not null)
                    {
                        open.Add(entry.Message);
                    }
                }
            }
        }

        open.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        return open;
    }

    private string PathOf(SpoolSegment segment) => Path.Combine(volume.Path, segment.Name);

    private static IEnumerable<long> Sequences(IReadOnlyList<string> names, string suffix)
    {
        foreach (string name in names)
        {
            if (SpoolFormat.TryParseName(name, suffix, out long sequence))
            {
                yield return sequence;
            }
        }
    }

    private void AdoptFree(IReadOnlyList<string> names)
    {
        foreach (long sequence in Sequences(names, SpoolFormat.FreeSuffix))
        {
            pool.StartAfter(sequence);
            string name = SpoolFormat.Name(sequence, SpoolFormat.FreeSuffix);
            pool.Add(new FreeSegment(name, volume.Open(name, create: false)));
        }
    }

    /// <summary>Opens all segments first: cuts stand in younger ones, and the secret is needed for every other frame.</summary>
    private void OpenSegments(long[] sequences)
    {
        var files = new List<(long Sequence, IVolumeFile File)>();
        foreach (long sequence in sequences)
        {
            pool.StartAfter(sequence);
            IVolumeFile file = volume.Open(SpoolFormat.Name(sequence, SpoolFormat.SegmentSuffix), create: false);
            files.Add((sequence, file));
            if (StartFrame.TryRead(file, sequence) is { } start)
            {
                Secret ??= start.Secret;
                ledger.LargestId = Math.Max(ledger.LargestId, start.LargestId);
                foreach ((long abandoned, int offset) in start.Cuts)
                {
                    ledger.Cuts[abandoned] = offset;
                }
            }
        }

        foreach ((long sequence, IVolumeFile file) in files)
        {
            int capacity = (int)Math.Min(file.Length, SpoolLocation.MaxSegmentOctets);
            ledger.Segments[sequence] = new SpoolSegment(sequence, file, capacity, Secret ?? 0, Release);
        }

        foreach (long gone in ledger.Cuts.Keys.Where(abandoned => !ledger.Segments.ContainsKey(abandoned)).ToArray())
        {
            ledger.Cuts.Remove(gone);
        }
    }

    private void Release(SpoolSegment segment) => pool.Add(new FreeSegment(SpoolFormat.Name(segment.Sequence, SpoolFormat.FreeSuffix), segment.File));

    private void DeleteOrphanIndexes(IReadOnlyList<string> names)
    {
        foreach (long sequence in Sequences(names, SpoolFormat.IndexSuffix))
        {
            if (!ledger.Segments.ContainsKey(sequence))
            {
                volume.Delete(SpoolFormat.Name(sequence, SpoolFormat.IndexSuffix));
            }
        }
    }

    private void Replay(SpoolSegment segment)
    {
        segment.IsSealed = true;
        segment.End = segment.DurableEnd = segment.Capacity;
        _tailFrom = int.MaxValue;
        _torn.Clear();
        byte[]? index = SpoolIndex.TryLoad(volume, segment.Sequence, out int cut);
        if (cut != SpoolIndex.NotCut && index is not null)
        {
            SpoolIndex.WriteAgain(volume, segment.Sequence);
            ledger.Cuts[segment.Sequence] = cut;
        }

        byte[] entries = index ?? Scan(segment);
        var from = new OctetReader(entries);
        try
        {
            while (from.Remaining > 0)
            {
                Replay(segment, SpoolIndex.Read(ref from));
            }

            if (index is null)
            {
                SaveIndex(segment, entries);
            }
        }
        catch (FormatException malformed)
        {
            throw new SpoolException($"{PathOf(segment)} is malformed although its checksums are right", malformed);
        }
    }

    private byte[] Scan(SpoolSegment segment)
    {
        SegmentScan scan = SegmentScan.Run(segment, ledger.Cuts);
        string path = PathOf(segment);
        foreach (DamagedRange range in scan.Damage)
        {
            if (range.WasDurable)
            {
                log.SpoolSegmentDamaged(path, range.From, range.To - range.From);
            }
            else
            {
                log.SpoolTailTorn(path, range.From);
            }
        }

        WriteAgain(segment, scan);
        _tailFrom = scan.LastGroup;
        return scan.Entries;
    }

    private void SaveIndex(SpoolSegment segment, byte[] entries)
    {
        var from = new OctetReader(entries);
        while (from.Remaining > 0)
        {
            IndexEntry entry = SpoolIndex.Read(ref from);
            if (!_torn.Contains(entry.Offset))
            {
                SpoolIndex.Add(segment.Index, entry.Type, entry.Offset, entry.PayloadLength, entry.Id, entry.Digest);
            }
        }

        // A cut that stood only in the first frames of younger segments: they may leave before this segment does.
        int cut = ledger.Cuts.GetValueOrDefault(segment.Sequence, SpoolIndex.NotCut);
        SpoolIndex.Remove(volume, segment.Sequence);
        SpoolIndex.Save(volume, segment, log, cut);
        segment.Index.Clear();
        if (cut != SpoolIndex.NotCut)
        {
            SpoolIndex.WriteAgain(volume, segment.Sequence);
        }
    }

    private static void WriteAgain(SpoolSegment segment, SegmentScan scan)
    {
        if (scan.End > scan.LastGroup)
        {
            byte[] group = new byte[scan.End - scan.LastGroup];
            segment.File.Read(scan.LastGroup, group);
            segment.File.Write(scan.LastGroup, [group]);
        }

        segment.File.SyncData();
    }

    private void Replay(SpoolSegment segment, in IndexEntry entry)
    {
        switch (entry.Type)
        {
            case FrameType.Message:
                ReplayMessage(segment, entry);
                break;
            case FrameType.Part:
                ledger.AddPart(segment, entry.Offset, entry.PayloadLength);
                break;
            case FrameType.Marks:
                var marks = new OctetReader(entry.Digest);
                while (marks.Remaining > 0)
                {
                    ReplayMark(segment, entry.Offset, MarksFrame.Read(ref marks));
                }

                break;
            case FrameType.State:
                string key = StateFrame.Read(entry.Digest, out byte[] value);
                ledger.SetState(segment, entry.Offset, SpoolFormat.FrameOctets(entry.PayloadLength), key, value);
                break;
        }
    }

    private void ReplayMessage(SpoolSegment segment, in IndexEntry entry)
    {
        MessageDigest digest = MessageDigest.Read(entry.Digest);
        long from = LastKnown(digest.Previous, out StoredMessage? known);
        bool isComplete = ledger.HasParts(digest.Extents, known);
        if (!isComplete && entry.Offset >= _tailFrom)
        {
            // Its pieces were written before it, but nothing was synced yet: it was never acknowledged.
            log.SpoolTailTorn(PathOf(segment), entry.Offset);
            _torn.Add(entry.Offset);
            return;
        }

        var message = new StoredMessage(
            new MessageId(entry.Id), SpoolLocation.Pack(segment.Sequence, entry.Offset), FrameHeader.Octets + entry.PayloadLength,
            digest.ContentLength, digest.RecipientCount - digest.Carried.DoneCount);
        if (!isComplete)
        {
            // Usually it is over, and its pieces have left before its frame; a later mark will say so.
            _incomplete.Add(message);
        }

        if (digest.Previous.Length == 0)
        {
            ledger.AddMessage(segment, entry.Offset, message, digest.RecipientCount, digest.Extents);
            return;
        }

        if (known is not null)
        {
            ForgetDeferrals(known, digest.RecipientCount);
        }

        ledger.Move(segment, entry.Offset, message, from, digest);
        foreach (Deferral deferral in digest.Carried.Deferrals)
        {
            _deferrals[(message, deferral.Recipient)] = deferral with { LastReply = "" };
        }
    }

    /// <summary>The youngest of a copy's former places at which the message is known.</summary>
    private long LastKnown(long[] previous, out StoredMessage? known)
    {
        known = null;
        for (int i = previous.Length - 1; i >= 0; i--)
        {
            known = ledger.Find(previous[i], out _);
            if (known is not null)
            {
                return previous[i];
            }
        }

        return 0;
    }

    private void ReplayMark(SpoolSegment segment, int offset, in MarkRecord mark)
    {
        StoredMessage? message = ledger.Find(mark.Target, out RecipientMarks? many);
        if (message is null)
        {
            return;
        }

        int recipient = mark.State.Recipient;
        if (mark.Kind == MarkKind.Deferred && many?.IsDone(recipient) != true)
        {
            _deferrals[(message, recipient)] = mark.State;
        }
        else if (mark.Kind == MarkKind.Finished)
        {
            ForgetDeferrals(message, many?.Count ?? 1);
        }
        else
        {
            _deferrals.Remove((message, recipient));
        }

        ledger.Mark(segment, offset, mark.Kind, mark.Target, recipient);
    }

    private void ForgetDeferrals(StoredMessage message, int recipients)
    {
        for (int i = 0; i < recipients && _deferrals.Count > 0; i++)
        {
            _deferrals.Remove((message, i));
        }
    }

    private RecoveredMessage? TryRead(StoredMessage message)
    {
        Envelope envelope;
        try
        {
            envelope = reader.ReadEnvelope(message);
        }
        catch (SpoolException damaged)
        {
            log.SpoolMessageUnreadable(message.Id.ToString(), damaged.Message);
            return null;
        }

        var open = new RecoveredRecipient[message.OpenRecipients];
        int count = 0;
        lock (ledger.Gate)
        {
            ledger.Find(message.Location, out RecipientMarks? many);
            for (int i = 0; count < open.Length; i++)
            {
                if (many?.IsDone(i) != true)
                {
                    Deferral deferral = _deferrals.GetValueOrDefault((message, i));
                    open[count++] = new RecoveredRecipient(
                        i, deferral.Attempts, deferral.NotBefore, deferral.DelayNoticeSent, deferral.VirtualMta ?? "");
                }
            }
        }

        return new RecoveredMessage(message, envelope, open);
    }
}
