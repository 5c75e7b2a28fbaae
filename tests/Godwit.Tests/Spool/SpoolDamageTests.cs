using Godwit.Mail;
using Godwit.Spool;
using Microsoft.Extensions.Logging;

namespace Godwit.Tests.Spool;

public sealed class SpoolDamageTests
{
    private const int Capacity = SpoolRig.SegmentOctets;

    [Fact]
    public void A_tail_that_is_torn_at_any_octet_costs_only_what_was_behind_it()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        var ends = new List<(int End, MessageId Id)>();
        for (int i = 0; i < 4; i++)
        {
            StoredMessage message = SpoolRig.Store(spool, rig.NewEnvelope(), SpoolRig.Octets(i, 60 * i));
            ends.Add((SpoolLocation.Offset(message.Location) + message.FrameLength, message.Id));
        }

        string name = SegmentName(rig);
        byte[] whole = rig.Volume.Octets(name).ToArray();
        for (int cut = 0; cut <= ends[^1].End; cut++)
        {
            var torn = new SpoolRig();
            using (Godwit.Foundation.IVolumeFile file = torn.Volume.Open(name, create: true))
            {
                byte[] octets = new byte[Capacity];
                whole.AsSpan(0, cut).CopyTo(octets);
                file.Write(0, [octets]);
            }

            Assert.Equal(
                ends.Where(end => end.End <= cut).Select(end => end.Id),
                torn.Open().Recovered.Select(recovered => recovered.Message.Id));
            Assert.Empty(torn.Log.At(LogLevel.Error));
        }
    }

    [Fact]
    public void A_file_that_is_too_short_is_read_as_far_as_it_goes()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        StoredMessage first = rig.Store(spool);
        StoredMessage second = rig.Store(spool);
        rig.Volume = rig.Volume.Crash();
        rig.Volume.Cut(SegmentName(rig), SpoolLocation.Offset(second.Location) + 50);

        Assert.Equal(first.Id, Assert.Single(rig.Open().Recovered).Message.Id);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Damage_in_the_middle_is_reported_and_costs_only_what_it_hit(bool hitHeader)
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        StoredMessage[] messages = [.. Enumerable.Range(0, 60).Select(i => SpoolRig.Store(spool, rig.NewEnvelope(), SpoolRig.Octets(i, 700)))];
        rig.Volume = rig.Volume.Crash();
        StoredMessage hit = messages[3];
        string name = SegmentName(rig);
        rig.Volume.Octets(name)[SpoolLocation.Offset(hit.Location) + (hitHeader ? 20 : 300)] ^= 0x40;
        rig.Volume.Delete(Path.ChangeExtension(name, ".index"));

        spool = rig.Open();

        Assert.Equal(messages.Where(message => message != hit).Select(message => message.Id), spool.Recovered.Select(recovered => recovered.Message.Id));
        string line = Assert.Single(rig.Log.At(LogLevel.Error));
        Assert.Contains(name, line, StringComparison.Ordinal);
        Assert.Contains($"from offset {SpoolLocation.Offset(hit.Location)} ", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_content_is_found_when_it_is_read_and_named()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        StoredMessage message = SpoolRig.Store(spool, rig.NewEnvelope(), SpoolRig.Octets(1, 2000));
        string name = SegmentName(rig);
        int offset = SpoolLocation.Offset(message.Location);
        rig.Volume.Octets(name)[offset + 1500] ^= 1;

        SpoolException damaged = Assert.Throws<SpoolException>(() => spool.Read(message));

        Assert.Contains($"{name} is damaged at offset {offset}", damaged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_whose_envelope_is_damaged_is_reported_and_the_others_are_delivered()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        StoredMessage[] messages = [.. Enumerable.Range(0, 3).Select(_ => rig.Store(spool))];
        SpoolRig.Done(spool.DisposeAsync());
        rig.Volume.Octets(SegmentName(rig))[SpoolLocation.Offset(messages[1].Location) + 70] ^= 1;

        spool = rig.Open();

        Assert.Equal([messages[0].Id, messages[2].Id], spool.Recovered.Select(recovered => recovered.Message.Id));
        Assert.Contains(rig.Log.At(LogLevel.Error), line => line.Contains(messages[1].Id.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void An_index_that_is_missing_or_damaged_is_built_anew()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        StoredMessage[] messages = [.. Enumerable.Range(0, 40).Select(i => SpoolRig.Store(spool, rig.NewEnvelope(), SpoolRig.Octets(i, 900)))];
        SpoolRig.Done(spool.DisposeAsync());
        string[] indexes = [.. rig.Volume.List().Where(name => name.EndsWith(".index", StringComparison.Ordinal)).Order()];
        Assert.InRange(indexes.Length, 3, 5);
        byte[] original = rig.Volume.Octets(indexes[1]).ToArray();
        rig.Volume.Delete(indexes[0]);
        rig.Volume.Octets(indexes[1])[60] ^= 1;
        rig.Volume.Cut(indexes[2], 40);

        Assert.Equal(messages.Select(message => message.Id), rig.Open().Recovered.Select(recovered => recovered.Message.Id));
        Assert.Equal(original, rig.Volume.Octets(indexes[1]).ToArray());
    }

    [Fact]
    public void Frames_of_an_earlier_life_of_the_file_are_never_taken_for_new_ones()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        for (int i = 0; i < 300; i++)
        {
            StoredMessage gone = SpoolRig.Store(spool, rig.NewEnvelope(), SpoolRig.Octets(i, 700));
            SpoolRig.Done(spool, gone, 0);
        }

        StoredMessage kept = rig.Store(spool);
        Assert.InRange(rig.Volume.List().Count(name => !name.EndsWith(".index", StringComparison.Ordinal)), 2, 8);
        Assert.Equal(kept.Id, Assert.Single(rig.Reopen().Recovered).Message.Id);
    }

    [Fact]
    public void A_body_cannot_pose_as_frames_of_the_spool()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        StoredMessage victim = rig.Store(spool);
        byte[] forged = new byte[2048];
        for (int i = 0; i + 64 <= forged.Length; i += 64)
        {
            new FrameHeader(FrameType.Marks, 4, 4, SpoolLocation.Sequence(victim.Location), 0, Crc32C.Compute([3, 2, 0, 0]), 0).Write(forged.AsSpan(i), secret: 0);
        }

        StoredMessage message = SpoolRig.Store(spool, rig.NewEnvelope(), forged);
        StoredMessage behind = rig.Store(spool);
        rig.Volume = rig.Volume.Crash();
        rig.Volume.Octets(SegmentName(rig))[SpoolLocation.Offset(message.Location)] ^= 1;

        Assert.Equal([victim.Id, behind.Id], rig.Open().Recovered.Select(recovered => recovered.Message.Id));
    }

    [Fact]
    public void A_spool_of_a_newer_version_is_left_alone()
    {
        var rig = new SpoolRig();
        MessageSpool spool = rig.Open();
        rig.Store(spool);
        SpoolRig.Done(spool.DisposeAsync());
        Span<byte> start = rig.Volume.Octets(SegmentName(rig));
        start[7] = SpoolFormat.Version + 1;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(start, Crc32C.Compute(start[4..FrameHeader.Octets]));

        SpoolException refused = Assert.Throws<SpoolException>(() => rig.Open());

        Assert.Contains("newer", refused.Message, StringComparison.Ordinal);
    }

    private static string SegmentName(SpoolRig rig) =>
        rig.Volume.List().Where(name => name.EndsWith(SpoolFormat.SegmentSuffix, StringComparison.Ordinal)).Order().First();
}
