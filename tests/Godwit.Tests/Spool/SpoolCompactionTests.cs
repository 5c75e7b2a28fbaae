using Godwit.Mail;
using Godwit.Spool;

namespace Godwit.Tests.Spool;

public sealed class SpoolCompactionTests
{
    [Fact]
    public void One_long_deferred_message_never_keeps_the_segments_around_it()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        StoredMessage patient = rig.Store(spool, "Subject: patience\r\n", recipients: 2);
        SpoolRig.Defer(spool, patient, 1, attempts: 3, reply: "421 not today");
        for (int i = 0; i < 200; i++)
        {
            StoredMessage message = SpoolRig.Store(spool, rig.NewEnvelope(), SpoolRig.Octets(i, 900));
            SpoolRig.Defer(spool, patient, 0, attempts: i + 1);
            SpoolRig.Done(spool, message, 0);
        }

        Assert.InRange(spool.Files.InUse, 1, 3);
        Assert.Equal("421 not today", spool.ReadLastReply(patient, 1));
        RecoveredMessage recovered = Assert.Single(rig.Reopen().Recovered);
        Assert.Equal([200, 3], recovered.Open.Select(recipient => recipient.Attempts));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_mark_is_kept_as_long_as_the_message_it_speaks_of_is_on_disk(bool compact)
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open(SpoolRig.Small with { CompactionRest = compact ? TimeSpan.Zero : TimeSpan.FromDays(1) });
        StoredMessage[] old = [.. Enumerable.Range(0, 40).Select(i => SpoolRig.Store(spool, rig.NewEnvelope(2), SpoolRig.Octets(i, 300)))];
        for (int i = 0; i < old.Length; i++)
        {
            // One recipient of each stays open, so that their segments stay; the marks lie far behind.
            SpoolRig.Done(spool, old[i], 1);
            StoredMessage filler = SpoolRig.Store(spool, rig.NewEnvelope(), new byte[3000]);
            SpoolRig.Done(spool, filler, 0);
        }

        for (int i = 0; i < 100; i++)
        {
            SpoolRig.Done(spool, SpoolRig.Store(spool, rig.NewEnvelope(), new byte[3000]), 0);
        }

        Assert.InRange(spool.Files.InUse, 1, compact ? 5 : 14);
        RecoveredMessage[] recovered = [.. rig.Reopen().Recovered];
        Assert.Equal(old.Length, recovered.Length);
        Assert.All(recovered, message => Assert.Equal([0], message.Open.Select(recipient => recipient.Index)));
    }

    [Fact]
    public void A_reader_sees_its_message_to_the_end_although_its_segment_is_recycled_meanwhile()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        byte[] octets = SpoolRig.Octets(5, 2000);
        ContentExtent[] extents = [SpoolRig.WritePart(spool, octets), SpoolRig.WritePart(spool, octets)];
        StoredMessage message = SpoolRig.Done(spool.StoreAsync(rig.NewEnvelope(), [octets], extents, []));
        using SpooledContent content = spool.Read(message);
        Assert.True(content.TryReadNext(out _));
        SpoolRig.Done(spool, message, 0);
        for (int i = 0; i < 100; i++)
        {
            SpoolRig.Done(spool, SpoolRig.Store(spool, rig.NewEnvelope(), new byte[3000]), 0);
        }

        Assert.True(content.TryReadNext(out ReadOnlyMemory<byte> second));
        Assert.True(second.Span.SequenceEqual(octets));
        Assert.True(content.TryReadNext(out ReadOnlyMemory<byte> third));
        Assert.True(third.Span.SequenceEqual(octets));
        Assert.Throws<SpoolException>(() => spool.Read(message));
    }

    [Fact]
    public void A_large_message_moves_with_its_pieces()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        var pieces = new List<byte[]>();
        var extents = new List<ContentExtent>();
        for (int i = 0; i < 6; i++)
        {
            pieces.Add(SpoolRig.Octets(i, 1500));
            extents.Add(SpoolRig.WritePart(spool, pieces[i]));
            for (int j = 0; j < 6; j++)
            {
                // Pieces end up far apart, each among messages that are soon over.
                SpoolRig.Done(spool, SpoolRig.Store(spool, rig.NewEnvelope(), new byte[3000]), 0);
            }
        }

        StoredMessage message = SpoolRig.Done(spool.StoreAsync(rig.NewEnvelope(), [], extents, []));
        long before = message.Location;
        for (int i = 0; i < 40; i++)
        {
            SpoolRig.Done(spool, SpoolRig.Store(spool, rig.NewEnvelope(), new byte[3000]), 0);
        }

        Assert.NotEqual(before, message.Location);
        Assert.InRange(spool.Files.InUse, 1, 5);
        Assert.True(SpoolRig.Content(spool, message).AsSpan().SequenceEqual(pieces.SelectMany(piece => piece).ToArray()));
        spool = rig.Reopen();
        Assert.True(SpoolRig.Content(spool, Assert.Single(spool.Recovered).Message).AsSpan().SequenceEqual(pieces.SelectMany(piece => piece).ToArray()));
    }

    [Fact]
    public void A_segment_that_deliveries_are_emptying_is_left_to_them()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open(SpoolRig.Small with { CompactionRest = TimeSpan.FromSeconds(30) });
        StoredMessage kept = rig.Store(spool);
        StoredMessage[] others = [.. Enumerable.Range(0, 30).Select(i => SpoolRig.Store(spool, rig.NewEnvelope(), new byte[900]))];
        Array.ForEach(others, message => SpoolRig.Done(spool, message, 0));
        long before = kept.Location;

        SpoolRig.Done(spool.PutStateAsync("a", "b"u8.ToArray()));
        Assert.Equal(before, kept.Location);

        rig.Time.Advance(TimeSpan.FromSeconds(31));
        SpoolRig.Done(spool.PutStateAsync("a", "b"u8.ToArray()));
        Assert.NotEqual(before, kept.Location);
    }

    [Fact]
    public void Free_files_are_used_again_and_not_hoarded()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        StoredMessage[] many = [.. Enumerable.Range(0, 120).Select(i => SpoolRig.Store(spool, rig.NewEnvelope(), new byte[3000]))];
        Assert.InRange(spool.Files.InUse, 20, 60);

        Array.ForEach(many, message => SpoolRig.Done(spool, message, 0));

        Assert.InRange(spool.Files.InUse, 1, 2);
        Assert.InRange(spool.Files.Free, 1, 8);
        Assert.InRange(rig.Volume.List().Count, 3, 12);
    }
}
