// Stores and deletes, first in first out, as a relay does: so many writers that each wait for their message to be safe, and one settlement that
// crosses out what is old. Then recovery of what is left. Prints rates, processor time per message, allocation per message.

using System.Collections.Concurrent;
using System.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Spool;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Bench;

/// <summary>Measures the spool on a real folder.</summary>
internal static class SpoolBench
{
    private const int Backlog = 5000;
    private const int MarkGroup = 64;

    public static async Task RunAsync(string[] args)
    {
        string folder = args.ElementAtOrDefault(0) ?? Path.Combine(Path.GetTempPath(), "godwit-bench-spool");
        int writers = int.Parse(args.ElementAtOrDefault(1) ?? "64", System.Globalization.CultureInfo.InvariantCulture);
        int messages = int.Parse(args.ElementAtOrDefault(2) ?? "300000", System.Globalization.CultureInfo.InvariantCulture);
        int octets = int.Parse(args.ElementAtOrDefault(3) ?? "10240", System.Globalization.CultureInfo.InvariantCulture);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        Directory.CreateDirectory(folder);
        MeasureChecksum();
        var clock = new ServerClock(TimeProvider.System);
        await using (MessageSpool spool = MessageSpool.Open(new OsVolume(folder), () => 0, clock, NullLogger.Instance))
        {
            await StoreAndDeleteAsync(spool, clock, writers, messages / 10, octets, "warm up");
            await StoreAndDeleteAsync(spool, clock, writers, messages, octets, "store and delete");
            await FillAsync(spool, clock, writers, messages, octets: 500);
        }

        Recover(folder, clock);
        Directory.Delete(folder, recursive: true);
    }

    private static void MeasureChecksum()
    {
        byte[] octets = new byte[10240];
        uint sum = 0;
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < 200_000; i++)
        {
            sum ^= Crc32C.Compute(octets);
        }

        Console.WriteLine($"crc-32c          {watch.Elapsed.TotalMicroseconds / 200_000:F2} us per 10 KiB ({sum})");
    }

    private static async Task StoreAndDeleteAsync(MessageSpool spool, ServerClock clock, int writers, int messages, int octets, string title)
    {
        var ids = new MessageId.Sequence(clock);
        var stored = new ConcurrentQueue<StoredMessage>();
        int left = messages;
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        Task[] running = [.. Enumerable.Range(0, writers).Select(_ => Task.Run(WriteAsync))];
        Task settlement = Task.Run(SettleAsync);
        await Task.WhenAll(running);
        Volatile.Write(ref left, int.MinValue / 2);
        await settlement;
        watch.Stop();
        processor = Process.GetCurrentProcess().TotalProcessorTime - processor;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        Console.WriteLine(
            $"{title,-16} {messages / watch.Elapsed.TotalSeconds:N0} messages/s of {octets} octets with {writers} writers, "
            + $"{processor.TotalMicroseconds / messages:F1} us of processor and {allocated / messages} octets allocated per message, {spool.Files}");

        async Task WriteAsync()
        {
            ReadOnlyMemory<byte>[] content = [new byte[octets]];
            EnvelopeRecipient[] recipients = [NewRecipient()];
            while (Interlocked.Decrement(ref left) >= 0)
            {
                stored.Enqueue(await spool.StoreAsync(NewEnvelope(ids, recipients), content, [], []));
            }
        }

        async Task SettleAsync()
        {
            var marks = new List<SpoolMark>(MarkGroup);
            while (Volatile.Read(ref left) > int.MinValue / 2 || !stored.IsEmpty)
            {
                bool finishing = Volatile.Read(ref left) < -writers * 2;
                while (marks.Count < MarkGroup && (stored.Count > Backlog || finishing) && stored.TryDequeue(out StoredMessage? message))
                {
                    marks.Add(new SpoolMark(message, 0, Done: true, 0, default, default, ""));
                }

                if (marks.Count == 0)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
                    continue;
                }

                await spool.MarkAsync(marks);
                marks.Clear();
            }
        }
    }

    private static async Task FillAsync(MessageSpool spool, ServerClock clock, int writers, int messages, int octets)
    {
        var ids = new MessageId.Sequence(clock);
        int left = messages;
        await Task.WhenAll(Enumerable.Range(0, writers).Select(_ => Task.Run(async () =>
        {
            ReadOnlyMemory<byte>[] content = [new byte[octets]];
            EnvelopeRecipient[] recipients = [NewRecipient()];
            while (Interlocked.Decrement(ref left) >= 0)
            {
                StoredMessage message = await spool.StoreAsync(NewEnvelope(ids, recipients), content, [], []);
                await spool.MarkAsync([new SpoolMark(message, 0, Done: false, 1, clock.Now, default, "451 4.7.1 try again later")]);
            }
        })));
    }

    private static void Recover(string folder, ServerClock clock)
    {
        TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        MessageSpool spool = MessageSpool.Open(new OsVolume(folder), () => 0, clock, NullLogger.Instance);
        TimeSpan open = watch.Elapsed;
        int found = spool.Recovered.Count();
        TimeSpan all = watch.Elapsed;
        processor = Process.GetCurrentProcess().TotalProcessorTime - processor;
        long memory = GC.GetTotalMemory(forceFullCollection: true);
        Console.WriteLine($"recovery         {found:N0} deferred messages: ledger {open.TotalMilliseconds:N0} ms, with envelopes {all.TotalMilliseconds:N0} ms, {processor.TotalMicroseconds / Math.Max(1, found):F1} us of processor and {memory / Math.Max(1, found)} octets of memory each");
        spool.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private static EnvelopeRecipient NewRecipient() => new()
    {
        Address = EmailAddress.Parse("recipient@example.net"),
        Destination = DomainName.Parse("example.net"),
        VirtualMta = "mta1",
    };

    private static Envelope NewEnvelope(MessageId.Sequence ids, EnvelopeRecipient[] recipients) => new()
    {
        Id = ids.Next(),
        Sender = EmailAddress.Parse("bounce@example.com"),
        Recipients = recipients,
        JobId = "campaign-1",
        SourceMta = "client.example.com (192.0.2.7)",
    };
}
