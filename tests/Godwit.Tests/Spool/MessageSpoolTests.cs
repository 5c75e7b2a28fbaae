using System.Text;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Spool;
using Microsoft.Extensions.Logging;

namespace Godwit.Tests.Spool;

public sealed class MessageSpoolTests
{
    private static readonly SpoolOptions _onDemand = SpoolRig.Small with { Mode = CommitMode.OnDemand };

    [Fact]
    public void A_message_is_found_again_after_a_power_failure_with_its_envelope_and_content()
    {
        var rig = new SpoolRig();
        Envelope envelope = rig.NewEnvelope(recipients: 3);
        SpoolRig.Store(rig.Open(), envelope, "Subject: a\r\n"u8.ToArray(), "\r\nbody\r\n"u8.ToArray());

        MessageSpool spool = rig.Reopen();

        RecoveredMessage recovered = Assert.Single(spool.Recovered);
        Assert.Equal(envelope.Id, recovered.Message.Id);
        Assert.Equal("sender@example.com", recovered.Envelope.Sender.Text);
        Assert.Equal("user2@example.net", recovered.Envelope.Recipients[2].Address.Text);
        Assert.Equal([0, 1, 2], recovered.Open.Select(recipient => recipient.Index));
        Assert.Equal("Subject: a\r\n\r\nbody\r\n", Encoding.ASCII.GetString(SpoolRig.Content(spool, recovered.Message)));
        Assert.Equal(envelope.Id, spool.LargestId);
    }

    [Fact]
    public void What_a_recipient_went_through_is_found_again()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        StoredMessage message = rig.Store(spool, recipients: 3);
        SpoolRig.Defer(spool, message, 0, attempts: 1);
        SpoolRig.Defer(spool, message, 0, attempts: 2);
        SpoolRig.Done(spool, message, 1);

        RecoveredMessage recovered = Assert.Single(rig.Reopen().Recovered);

        Assert.Equal(
            [new RecoveredRecipient(0, 2, new Instant(2000), new Instant(2)), new RecoveredRecipient(2, 0, default, default)], recovered.Open);
        Assert.Equal(2, recovered.Message.OpenRecipients);
    }

    [Fact]
    public void Messages_are_recovered_oldest_first_and_finished_ones_are_gone()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        StoredMessage[] messages = [.. Enumerable.Range(0, 5).Select(_ => rig.Store(spool))];
        SpoolRig.Done(spool, messages[1], 0);
        SpoolRig.Done(spool, messages[3], 0);

        Assert.Equal([messages[0].Id, messages[2].Id, messages[4].Id], rig.Reopen().Recovered.Select(recovered => recovered.Message.Id));
    }

    [Fact]
    public void Nobody_is_told_that_a_message_is_safe_before_it_is_synced()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open(_onDemand);

        ValueTask<StoredMessage> stored = spool.StoreAsync(rig.NewEnvelope(), ["x"u8.ToArray()], [], []);

        Assert.False(stored.IsCompleted);
        Assert.Equal(0, rig.Volume.Syncs);
        spool.CommitWaiting();
        Assert.True(stored.IsCompletedSuccessfully);
        Assert.InRange(rig.Volume.Syncs, 1, 4);
    }

    [Fact]
    public void All_who_wait_share_one_sync()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open(_onDemand with { SegmentOctets = 1024 * 1024 });
        SpoolRig.Done(Committed(spool, spool.StoreAsync(rig.NewEnvelope(), ["first"u8.ToArray()], [], [])));
        int before = rig.Volume.Syncs;

        ValueTask<StoredMessage>[] waiting =
            [.. Enumerable.Range(0, 100).Select(_ => spool.StoreAsync(rig.NewEnvelope(), ["x"u8.ToArray()], [], []))];
        spool.CommitWaiting();

        Assert.Equal(before + 1, rig.Volume.Syncs);
        Assert.All(waiting, stored => Assert.True(stored.IsCompletedSuccessfully));
    }

    [Fact]
    public async Task Many_sessions_at_once_need_far_fewer_syncs_than_messages()
    {
        var rig = new SpoolRig();
        await using MessageSpool spool = rig.Open(SpoolOptions.Default with { SegmentOctets = 1024 * 1024 });
        const int Sessions = 64;
        const int Each = 20;
        Envelope[] envelopes = [.. Enumerable.Range(0, Sessions * Each).Select(_ => rig.NewEnvelope())];

        await Task.WhenAll(Enumerable.Range(0, Sessions).Select(session => Task.Run(async () =>
        {
            for (int i = 0; i < Each; i++)
            {
                StoredMessage message = await spool.StoreAsync(envelopes[(session * Each) + i], [new byte[700]], [], []);
                await spool.MarkAsync([new SpoolMark(message, 0, Done: true, 0, default, default, "")]);
            }
        })));

        Assert.InRange(rig.Volume.Syncs, 1, Sessions * Each);
        await spool.DisposeAsync();
        Assert.Empty(rig.Open().Recovered);
    }

    [Fact]
    public void Saying_twice_that_a_recipient_is_done_changes_nothing()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        StoredMessage message = rig.Store(spool, recipients: 3);
        SpoolRig.Done(spool, message, 0, 0);
        SpoolRig.Done(spool, message, 0);
        SpoolRig.Defer(spool, message, 0, attempts: 9);

        Assert.Equal(2, message.OpenRecipients);
        Assert.Equal([1, 2], Assert.Single(rig.Reopen().Recovered).Open.Select(recipient => recipient.Index));
    }

    [Fact]
    public void The_last_reply_can_be_asked_for_and_is_bounded()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        StoredMessage message = rig.Store(spool, recipients: 2);
        SpoolRig.Defer(spool, message, 1, attempts: 1, reply: new string('é', 5000));

        Assert.Equal(new string('é', 512), spool.ReadLastReply(message, 1));
        Assert.Equal("", spool.ReadLastReply(message, 0));
        StoredMessage recovered = Assert.Single((spool = rig.Reopen()).Recovered).Message;
        Assert.Equal(new string('é', 512), spool.ReadLastReply(recovered, 1));
    }

    [Fact]
    public void State_survives_and_the_last_word_wins()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        SpoolRig.Done(spool.PutStateAsync("queue:a/b", "paused"u8.ToArray()));
        SpoolRig.Done(spool.PutStateAsync("queue:a/b", "backoff"u8.ToArray()));
        SpoolRig.Done(spool.PutStateAsync("gone", "x"u8.ToArray()));
        SpoolRig.Done(spool.PutStateAsync("gone", default));

        KeyValuePair<string, byte[]> state = Assert.Single(rig.Reopen().RecoveredState);

        Assert.Equal("queue:a/b", state.Key);
        Assert.Equal("backoff"u8.ToArray(), state.Value);
    }

    [Fact]
    public void A_message_larger_than_a_segment_is_stored_in_pieces()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        byte[][] pieces = [.. Enumerable.Range(0, 20).Select(i => SpoolRig.Octets(i, 3000))];
        ContentExtent[] extents = [.. pieces[1..^1].Select(piece => SpoolRig.WritePart(spool, piece))];
        SpoolRig.Done(spool.StoreAsync(rig.NewEnvelope(), [pieces[0]], extents, [pieces[^1]]));

        spool = rig.Reopen();
        StoredMessage message = Assert.Single(spool.Recovered).Message;
        using SpooledContent content = spool.Read(message);
        byte[] first = SpoolRig.All(content);
        content.Rewind();

        Assert.Equal(60_000, content.Length);
        Assert.True(first.AsSpan().SequenceEqual(pieces.SelectMany(piece => piece).ToArray()));
        Assert.True(first.AsSpan().SequenceEqual(SpoolRig.All(content)));
    }

    [Fact]
    public void Content_that_is_too_long_for_one_frame_is_cut_into_pieces_by_the_spool()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        byte[] head = SpoolRig.Octets(1, 30_000);
        byte[] tail = SpoolRig.Octets(2, 9_000);
        SpoolRig.Done(spool.StoreAsync(rig.NewEnvelope(), [head], [], [tail]));

        spool = rig.Reopen();

        Assert.True(SpoolRig.Content(spool, Assert.Single(spool.Recovered).Message).AsSpan().SequenceEqual([.. head, .. tail]));
    }

    [Fact]
    public void Pieces_without_a_message_leave_nothing_behind()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        ContentExtent part = SpoolRig.WritePart(spool, new byte[3000]);
        spool.ForgetParts([part]);

        Assert.Throws<SpoolException>(() => SpoolRig.Done(spool.StoreAsync(rig.NewEnvelope(), [], [part], [])));
        spool = rig.Reopen();
        Assert.Empty(spool.Recovered);
        rig.Store(spool);
        Assert.Equal(1, spool.Files.InUse);
    }

    [Fact]
    public void Fifty_thousand_recipients_of_which_most_are_done_stay_small()
    {
        var rig = new SpoolRig();
        SpoolOptions options = SpoolRig.Small with { SegmentOctets = 4 * 1024 * 1024 };
        MessageSpool spool = rig.Open(options);
        StoredMessage message = rig.Store(spool, recipients: Envelope.MaxRecipients);
        int[] done = [.. Enumerable.Range(0, Envelope.MaxRecipients).Where(i => i % 10_000 != 7)];
        foreach (int[] some in done.Chunk(1000))
        {
            SpoolRig.Done(spool, message, some);
        }

        SpoolRig.Defer(spool, message, 30_007, attempts: 4);
        for (int i = 0; i < 3; i++)
        {
            spool = rig.Reopen(options);
            RecoveredMessage recovered = Assert.Single(spool.Recovered);
            Assert.Equal([7, 10_007, 20_007, 30_007, 40_007], recovered.Open.Select(recipient => recipient.Index));
            Assert.Equal([0, 0, 0, 4, 0], recovered.Open.Select(recipient => recipient.Attempts));
            SpoolRig.Done(spool.PutStateAsync("x", "y"u8.ToArray())); // Lets compaction run.
        }
    }

    [Fact]
    public void A_failed_sync_is_an_alarm_and_no_message_is_accepted_after_it()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        StoredMessage before = rig.Store(spool);
        rig.Volume.FailingSyncs = 1;

        Assert.Throws<SpoolException>(() => rig.Store(spool));

        Assert.False(spool.MayAccept(out string reason));
        Assert.Equal("mail storage failed", reason);
        Assert.Contains("/simulated/spool", Assert.Single(rig.Log.At(LogLevel.Critical)), StringComparison.Ordinal);
        Assert.Throws<SpoolException>(() => rig.Store(spool));
        Assert.Equal("Subject: x\r\n\r\nhello\r\n", Encoding.ASCII.GetString(SpoolRig.Content(spool, before)));
    }

    [Fact]
    public void After_a_failed_sync_marks_are_accepted_on_fresh_ground_and_the_refused_message_never_appears()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            var rig = new SpoolRig(seed);
            MessageSpool spool = rig.Open();
            StoredMessage first = rig.Store(spool);
            StoredMessage second = rig.Store(spool);
            rig.Volume.FailingSyncs = 1;
            Assert.Throws<SpoolException>(() => rig.Store(spool));
            Assert.Throws<SpoolException>(() => SpoolRig.Done(spool, first, 0));

            rig.Time.Advance(TimeSpan.FromSeconds(2));
            SpoolRig.Done(spool, first, 0);
            SpoolRig.Defer(spool, second, 0, attempts: 3);

            RecoveredMessage recovered = Assert.Single((seed % 2 == 0 ? rig.Reopen() : Restarted(rig)).Recovered);
            Assert.Equal(second.Id, recovered.Message.Id);
            Assert.Equal(3, recovered.Open[0].Attempts);
        }
    }

    [Fact]
    public void Segments_that_a_failed_device_left_as_evidence_are_freed_by_the_next_start()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        StoredMessage[] messages = [.. Enumerable.Range(0, 40).Select(i => SpoolRig.Store(spool, rig.NewEnvelope(), SpoolRig.Octets(i, 3000)))];
        rig.Volume.FailingSyncs = 1;
        Assert.Throws<SpoolException>(() => SpoolRig.Done(spool, messages[0], 0));
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        int before = spool.Files.InUse;
        Array.ForEach(messages, message => SpoolRig.Done(spool, message, 0));
        Assert.InRange(spool.Files.InUse, before, before + 1);

        spool = Restarted(rig);
        Assert.Empty(spool.Recovered);
        spool.CommitWaiting();
        Assert.Equal(0, spool.Files.InUse);
    }

    [Fact]
    public void What_recovery_has_shown_once_it_shows_again_although_an_earlier_sync_had_failed_silently()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            var rig = new SpoolRig(seed);
            MessageSpool spool = rig.Open();
            rig.Store(spool);
            rig.Volume.FailingSyncs = 1;
            Assert.Throws<SpoolException>(() => SpoolRig.Store(spool, rig.NewEnvelope(), SpoolRig.Octets(seed, 3000)));

            // The killed process's frames are still in the system's memory, marked clean, and not on the device.
            MessageId[] shown = [.. Restarted(rig).Recovered.Select(recovered => recovered.Message.Id)];

            spool = rig.Reopen();
            RecoveredMessage[] again = [.. spool.Recovered];
            Assert.Equal(shown, again.Select(recovered => recovered.Message.Id));
            Assert.All(again, recovered => SpoolRig.Content(spool, recovered.Message));
        }
    }

    [Fact]
    public void A_full_disk_refuses_mail_takes_marks_and_recovers_by_itself()
    {
        var rig = new SpoolRig();
        rig.Volume.Budget = 5 * SpoolRig.SegmentOctets;
        MessageSpool spool = rig.Open();
        var stored = new List<StoredMessage>();
        SpoolException refused = Assert.Throws<SpoolException>(() => FillUp(rig, spool, stored));

        Assert.Contains("disk full", refused.Message, StringComparison.Ordinal);
        Assert.False(spool.MayAccept(out string reason));
        Assert.Contains("disk full", reason, StringComparison.Ordinal);
        for (int i = 1; i < 200; i++)
        {
            SpoolRig.Defer(spool, stored[i % 5], 0, attempts: i);
        }

        stored.ForEach(message => SpoolRig.Done(spool, message, 0));
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(spool.MayAccept(out _));
        StoredMessage after = rig.Store(spool);
        Assert.Equal(after.Id, Assert.Single(rig.Reopen().Recovered).Message.Id);
    }

    [Fact]
    public void Below_the_minimum_of_free_space_no_mail_is_accepted()
    {
        var rig = new SpoolRig { MinFreeSpace = 100 * SpoolRig.SegmentOctets };
        rig.Volume.Budget = 200 * SpoolRig.SegmentOctets;
        MessageSpool spool = rig.Open();
        Assert.True(spool.MayAccept(out _));

        rig.Volume.Budget = 90 * SpoolRig.SegmentOctets;
        rig.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.False(spool.MayAccept(out string reason));
        Assert.Equal("disk nearly full", reason);
        Assert.Contains("refused with 4xx", Assert.Single(rig.Log.At(LogLevel.Error)), StringComparison.Ordinal);
        Assert.Equal(1, rig.Store(spool).OpenRecipients);
    }

    [Fact]
    public void A_second_process_is_told_who_holds_the_spool()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();

        SpoolException refused = Assert.Throws<SpoolException>(() => rig.Open());

        Assert.Contains("process 4711", refused.Message, StringComparison.Ordinal);
        SpoolRig.Done(spool.DisposeAsync());
        SpoolRig.Done(rig.Open().DisposeAsync());
    }

    [Fact]
    public void A_closed_spool_says_so()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        SpoolRig.Done(spool.DisposeAsync());

        SpoolException refused = Assert.Throws<SpoolException>(() => rig.Store(spool));

        Assert.Contains("closed", refused.Message, StringComparison.Ordinal);
    }

    private static void FillUp(SpoolRig rig, MessageSpool spool, List<StoredMessage> stored)
    {
        for (int i = 0; i < 10_000; i++)
        {
            stored.Add(SpoolRig.Store(spool, rig.NewEnvelope(), new byte[3000]));
        }
    }

    private static MessageSpool Restarted(SpoolRig rig)
    {
        rig.Volume = rig.Volume.Kill();
        return rig.Open();
    }

    private static ValueTask<StoredMessage> Committed(MessageSpool spool, ValueTask<StoredMessage> stored)
    {
        spool.CommitWaiting();
        return stored;
    }
}
