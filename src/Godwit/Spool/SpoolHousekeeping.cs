// What the committer does between commits: forgets pieces whose message will not come, takes segments out of use that nothing needs any more,
// keeps free files ahead, compacts.
// A segment leaves by being renamed to a free file; only when that is durable do others forget that they referred to it.
// After a device failure nothing leaves any more: what is on disk is evidence then.

using System.Collections.Concurrent;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Microsoft.Extensions.Logging;

namespace Godwit.Spool;

/// <summary>Keeps the number of segments in proportion to what they hold. Used by the committer's thread alone, but for <see cref="ToForget"/>.</summary>
internal sealed class SpoolHousekeeping(
    IVolume volume, SegmentPool pool, SpoolLedger ledger, ServerClock clock, SpoolCompaction compaction, ILogger log)
{
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(10);

    private readonly List<SpoolSegment> _leaving = [];

    /// <summary>One entry for each piece that lies in the spool without a message: the disk bounds it.</summary>
    private readonly ConcurrentQueue<ContentExtent> _forgotten = [];
    private Instant _retryAt;

    /// <summary>Notes pieces that no message will name. From any thread.</summary>
    public void ToForget(IReadOnlyList<ContentExtent> extents)
    {
        for (int i = 0; i < extents.Count; i++)
        {
            _forgotten.Enqueue(extents[i]);
        }
    }

    /// <summary>One bounded step; true when there is more to do at once.</summary>
    public bool Step(bool faulted)
    {
        Instant now = clock.Now;
        ForgetParts();
        if (now >= _retryAt)
        {
            Retire(faulted);
        }

        pool.FillAhead();
        return !faulted && compaction.Step(now);
    }

    /// <summary>A commit of a step failed: what was copied is void.</summary>
    public void Abort() => compaction.Abort();

    /// <summary>Takes all segments out of use that nothing needs. Each round may free more: what referred to the ones that are gone.</summary>
    public void Retire(bool faulted)
    {
        while (ledger.Drained.Count > 0)
        {
            while (ledger.Drained.TryDequeue(out SpoolSegment? segment))
            {
                bool mayLeave = !faulted || segment.DurableEnd == 0;
                if (mayLeave && !segment.Ledger.IsNeeded && ledger.Segments.ContainsKey(segment.Sequence) && !_leaving.Contains(segment))
                {
                    _leaving.Add(segment);
                }
            }

            if (!TryRename())
            {
                return;
            }

            foreach (SpoolSegment segment in _leaving)
            {
                lock (ledger.Gate)
                {
                    ledger.SegmentIsGone(segment);
                }

                segment.Retire();
            }

            _leaving.Clear();
        }
    }

    private void ForgetParts()
    {
        if (_forgotten.IsEmpty)
        {
            return;
        }

        lock (ledger.Gate)
        {
            while (_forgotten.TryDequeue(out ContentExtent extent))
            {
                ledger.ForgetPart(extent);
            }
        }
    }

    private bool TryRename()
    {
        try
        {
            foreach (SpoolSegment segment in _leaving)
            {
                if (!segment.IsRenamed)
                {
                    volume.Rename(segment.Name, SpoolFormat.Name(segment.Sequence, SpoolFormat.FreeSuffix));
                    segment.IsRenamed = true;
                }

                volume.Delete(SpoolFormat.Name(segment.Sequence, SpoolFormat.IndexSuffix));
            }

            if (_leaving.Count > 0)
            {
                volume.SyncDirectory();
            }

            return true;
        }
        catch (IOException failure)
        {
            // They are no longer needed and do no harm: later, or at the next start.
            log.SpoolSegmentNotRecycled(volume.Path, failure.Message);
            _retryAt = clock.Now + _retryAfter;
            foreach (SpoolSegment segment in _leaving)
            {
                ledger.Drained.Enqueue(segment);
            }

            _leaving.Clear();
            return false;
        }
    }
}
