// The recipients of one queue that wait for their own time: a handful of sorted runs through the recipients' single link.
// Deferrals of a queue mostly carry the same wait, so times come in almost sorted and a new one is appended to a run in constant time; when times are
// scattered, two runs of like size are merged, n·log n over all. A heap would need eight to sixteen bytes more for each recipient.
// The key of a recipient is the earliest of: it may be attempted, it is too old, its sender is due a delay notice. So one structure serves all three,
// and it must be rebuilt when the settings behind a key change.

using System.Numerics;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>The deferred recipients of a queue by time. A mutable struct: keep it in a field.</summary>
internal struct DeferredRecipients()
{
    /// <summary>
    /// One more than there are powers of two in a run's length, so that among so many runs two always have like lengths. Merging only those moves a recipient
    /// into a class twice as large each time, at most 31 times in all. Also bounds the search for a run to 1.3 KB of headers read in a row.
    /// </summary>
    internal const int MaxRuns = 32;

    private Run[]? _runs;
    private int _runCount;

    public int Count { get; private set; }

    /// <summary>The earliest key; <see cref="Instant.Never"/> when empty.</summary>
    public Instant Earliest { get; private set; } = Instant.Never;

    public void Add(QueuedRecipient recipient, DeliverySettings settings)
    {
        long key = KeyOf(recipient, settings);
        recipient.Next = null;
        int run = RunFor(key);
        if (run < 0)
        {
            run = NewRun(settings);
            _runs![run] = new Run { Head = recipient, Tail = recipient, HeadKey = key, TailKey = key, Count = 1 };
        }
        else
        {
            _runs![run].Insert(recipient, key);
        }

        Count++;
        Earliest = Instant.Min(Earliest, new Instant(key));
    }

    /// <summary>Takes out the earliest recipient if its key has come; null when none has.</summary>
    public QueuedRecipient? TakeDue(Instant now, DeliverySettings settings)
    {
        if (Count == 0 || Earliest > now)
        {
            return null;
        }

        int first = 0;
        for (int i = 1; i < _runCount; i++)
        {
            if (_runs![i].HeadKey < _runs[first].HeadKey)
            {
                first = i;
            }
        }

        QueuedRecipient taken = TakeHead(first, settings);
        Earliest = EarliestHead();
        return taken;
    }

    /// <summary>Takes out at most so many, as a chain in no order; null when there is nobody.</summary>
    public QueuedRecipient? TakeSome(int most, DeliverySettings settings)
    {
        QueuedRecipient? chain = null;
        for (; most > 0 && Count > 0; most--)
        {
            QueuedRecipient taken = TakeHead(_runCount - 1, settings);
            taken.Next = chain;
            chain = taken;
        }

        Earliest = EarliestHead();
        return chain;
    }

    /// <summary>
    /// Takes out everybody whom <paramref name="meant"/> names, until <paramref name="taken"/> has as many. One pass in the order of <see cref="CopyTo"/>,
    /// which it leaves as it is: whoever takes all of them in slices finds each slice at the head.
    /// </summary>
    public void TakeWhere(IReadOnlySet<QueuedRecipient> meant, List<QueuedRecipient> taken, DeliverySettings settings)
    {
        int kept = 0;
        for (int i = 0; i < _runCount; i++)
        {
            int before = _runs![i].Count;
            if (taken.Count == meant.Count || _runs[i].TakeWhere(meant, taken, settings))
            {
                Count -= before - _runs[i].Count;
                _runs[kept++] = _runs[i];
            }
            else
            {
                Count -= before;
            }
        }

        if (kept < _runCount)
        {
            Array.Clear(_runs!, kept, _runCount - kept);
            _runCount = kept;
            _runs = kept == 0 ? null : _runs;
        }

        Earliest = EarliestHead();
    }

    /// <summary>Whether somebody is of one of these streams; looks at no more than <paramref name="budget"/>.</summary>
    public readonly bool HasAnyOf(HashSet<int> streams, ref int budget)
    {
        for (int i = 0; i < _runCount; i++)
        {
            for (QueuedRecipient? recipient = _runs![i].Head; recipient is not null && budget > 0; recipient = recipient.Next, budget--)
            {
                if (streams.Contains(recipient.Message.Stream))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Adds everybody to a list, in no order.</summary>
    public readonly void CopyTo(List<QueuedRecipient> all)
    {
        for (int i = 0; i < _runCount; i++)
        {
            for (QueuedRecipient? recipient = _runs![i].Head; recipient is not null; recipient = recipient.Next)
            {
                all.Add(recipient);
            }
        }
    }

    /// <summary>Takes out everything, as a chain in no order.</summary>
    public QueuedRecipient? TakeAll()
    {
        QueuedRecipient? chain = null;
        for (int i = 0; i < _runCount; i++)
        {
            _runs![i].Tail.Next = chain;
            chain = _runs[i].Head;
        }

        (_runs, _runCount, Count, Earliest) = (null, 0, 0, Instant.Never);
        return chain;
    }

    private static long KeyOf(QueuedRecipient recipient, DeliverySettings settings) =>
        Instant.Min(recipient.NotBefore, recipient.AttentionAt(settings)).Ticks;

    /// <summary>The run with the latest end before the key, else the one with the earliest begin behind it, else -1.</summary>
    private readonly int RunFor(long key)
    {
        int append = -1;
        int prepend = -1;
        for (int i = 0; i < _runCount; i++)
        {
            ref Run run = ref _runs![i];
            if (run.TailKey <= key && (append < 0 || run.TailKey > _runs[append].TailKey))
            {
                append = i;
            }
            else if (run.HeadKey > key && (prepend < 0 || run.HeadKey < _runs[prepend].HeadKey))
            {
                prepend = i;
            }
        }

        return append >= 0 ? append : prepend;
    }

    private int NewRun(DeliverySettings settings)
    {
        if (_runCount == MaxRuns)
        {
            MergeAlike(settings);
        }

        _runs ??= new Run[1]; // Most queues that defer at all have one run.
        if (_runCount == _runs.Length)
        {
            Array.Resize(ref _runs, _runCount * 2);
        }

        return _runCount++;
    }

    /// <summary>Merges the shortest two runs whose lengths have the same power of two.</summary>
    private void MergeAlike(DeliverySettings settings)
    {
        Span<int> runOfClass = stackalloc int[MaxRuns];
        runOfClass.Fill(-1);
        (int first, int second, int least) = (-1, -1, int.MaxValue);
        for (int i = 0; i < _runCount; i++)
        {
            int sizeClass = BitOperations.Log2((uint)_runs![i].Count);
            if (runOfClass[sizeClass] >= 0 && sizeClass < least)
            {
                (first, second, least) = (runOfClass[sizeClass], i, sizeClass);
            }

            runOfClass[sizeClass] = i;
        }

        _runs![first] = Run.Merge(in _runs[first], in _runs[second], settings);
        Forget(second);
    }

    private QueuedRecipient TakeHead(int index, DeliverySettings settings)
    {
        ref Run run = ref _runs![index];
        QueuedRecipient taken = run.Head;
        Count--;
        if (taken.Next is { } next)
        {
            run.Head = next;
            run.HeadKey = KeyOf(next, settings);
            run.Count--;
        }
        else
        {
            Forget(index);
        }

        taken.Next = null;
        return taken;
    }

    private void Forget(int index)
    {
        _runs![index] = _runs[--_runCount];
        _runs[_runCount] = default;
        if (_runCount == 0)
        {
            _runs = null; // An idle queue keeps no array.
        }
    }

    private readonly Instant EarliestHead()
    {
        long earliest = long.MaxValue;
        for (int i = 0; i < _runCount; i++)
        {
            earliest = Math.Min(earliest, _runs![i].HeadKey);
        }

        return new Instant(earliest);
    }

    /// <summary>A chain in the order of its keys, with the keys of both ends.</summary>
    private struct Run
    {
        public QueuedRecipient Head;
        public QueuedRecipient Tail;
        public long HeadKey;
        public long TailKey;
        public int Count;

        public static Run Merge(in Run a, in Run b, DeliverySettings settings)
        {
            bool startsLeft = a.HeadKey <= b.HeadKey;
            QueuedRecipient head = startsLeft ? a.Head : b.Head;
            QueuedRecipient? left = startsLeft ? a.Head.Next : a.Head;
            QueuedRecipient? right = startsLeft ? b.Head : b.Head.Next;
            QueuedRecipient tail = head;
            while (left is not null && right is not null)
            {
                if (KeyOf(left, settings) <= KeyOf(right, settings))
                {
                    tail = tail.Next = left;
                    left = left.Next;
                }
                else
                {
                    tail = tail.Next = right;
                    right = right.Next;
                }
            }

            tail.Next = left ?? right;
            return new Run
            {
                Head = head,
                Tail = left is not null ? a.Tail : b.Tail,
                HeadKey = Math.Min(a.HeadKey, b.HeadKey),
                TailKey = Math.Max(a.TailKey, b.TailKey),
                Count = a.Count + b.Count,
            };
        }

        /// <summary>False when nobody is left.</summary>
        public bool TakeWhere(IReadOnlySet<QueuedRecipient> meant, List<QueuedRecipient> taken, DeliverySettings settings)
        {
            QueuedRecipient? previous = null;
            QueuedRecipient? each = Head;
            while (each is not null && taken.Count < meant.Count)
            {
                QueuedRecipient? next = each.Next;
                if (!meant.Contains(each))
                {
                    previous = each;
                    each = next;
                    continue;
                }

                each.Next = null;
                taken.Add(each);
                Count--;
                if (previous is null)
                {
                    Head = next!;
                }
                else
                {
                    previous.Next = next;
                }

                each = next;
                if (next is null && previous is not null)
                {
                    Tail = previous;
                }
            }

            if (Count > 0)
            {
                (HeadKey, TailKey) = (KeyOf(Head, settings), KeyOf(Tail, settings));
            }

            return Count > 0;
        }

        public void Insert(QueuedRecipient recipient, long key)
        {
            if (TailKey <= key)
            {
                Tail.Next = recipient;
                Tail = recipient;
                TailKey = key;
            }
            else
            {
                recipient.Next = Head;
                Head = recipient;
                HeadKey = key;
            }

            Count++;
        }
    }
}
