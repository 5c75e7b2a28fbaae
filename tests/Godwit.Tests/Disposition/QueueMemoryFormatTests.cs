using System.Net;
using System.Text;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Tests.Disposition;

public sealed class QueueMemoryFormatTests
{
    [Fact]
    public void A_queue_comes_back_as_it_was_written()
    {
        var memory = new QueueMemory
        {
            IsPaused = true,
            Mode = QueueMode.Backoff,
            ModeUntil = new Instant(17_000_000_000_000_000),
            ModeReason = "mx said 421 \"später\"",
            Disabled =
            [
                new DisabledSource(IPAddress.Parse("192.0.2.1"), Instant.Never, "mx said 554"),
                new DisabledSource(IPAddress.Parse("2001:db8::1"), new Instant(5), ""),
                new DisabledSource(null, Instant.Never, ""),
            ],
            MainDomain = DomainName.Parse("gmail.com"),
            Return = new RampStep(3, new Instant(7)),
            DeferredUntil = new Instant(8),
            Slowed = [new SlowedSource(IPAddress.Parse("192.0.2.1"), 2, new Rate(5, TimeSpan.FromMinutes(1)), 20, new Instant(9)), new SlowedSource(null, 1, default, 0, new Instant(9))],
            Returning = [new ReturningSource(IPAddress.Parse("192.0.2.1"), default), new ReturningSource(null, new RampStep(4, new Instant(3)))],
            Streams =
            [
                new StreamTerms("j\"1", null, new Instant(4), RecoversGradually: true) { Return = new RampStep(2, new Instant(11)) },
                new StreamTerms(null, "shop.example", new Instant(5), RecoversGradually: false) { Connections = 3, CeilingUntil = new Instant(9) },
                new StreamTerms("", null, default, RecoversGradually: false) { Rate = new Rate(7, TimeSpan.FromMinutes(2)), CeilingUntil = new Instant(6) },
            ],
        };

        Assert.True(QueueMemoryFormat.TryRead(QueueMemoryFormat.Write(memory, out _), out QueueMemory read));

        Assert.Equal(
            (memory.IsPaused, memory.Mode, memory.ModeUntil, memory.ModeReason), (read.IsPaused, read.Mode, read.ModeUntil, read.ModeReason));
        Assert.Equal(memory.Disabled, read.Disabled);
        Assert.Equal((memory.MainDomain, memory.Return, memory.DeferredUntil), (read.MainDomain, read.Return, read.DeferredUntil));
        Assert.Equal(memory.Slowed, read.Slowed);
        Assert.Equal(memory.Returning, read.Returning);
        Assert.Equal(memory.Streams, read.Streams);
    }

    [Fact]
    public void Backoff_mode_without_an_end_comes_back_without_an_end()
    {
        Assert.True(QueueMemoryFormat.TryRead(QueueMemoryFormat.Write(new QueueMemory { Mode = QueueMode.Backoff }, out _), out QueueMemory read));

        Assert.Equal(Instant.Never, read.ModeUntil);
    }

    [Fact]
    public void A_plain_queue_is_nothing() => Assert.Empty(QueueMemoryFormat.Write(new QueueMemory(), out _));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"v":2,"paused":true}""")]
    [InlineData("""{"v":1,"disabled":[{"address":"nowhere"}]}""")]
    [InlineData("""{"v":1,"main":"no domain"}""")]
    public void What_another_version_or_a_fault_has_written_is_not_guessed_at(string value) =>
        Assert.False(QueueMemoryFormat.TryRead(Encoding.UTF8.GetBytes(value), out _));

    [Fact]
    public void Hundreds_of_disabled_addresses_fit()
    {
        var memory = new QueueMemory
        {
            Disabled = [.. Enumerable.Range(0, 200).Select(i => new DisabledSource(new IPAddress([10, 0, 0, (byte)i]), Instant.Never, new string('ü', 5000)))],
        };

        byte[] written = QueueMemoryFormat.Write(memory, out int leftOut);

        Assert.Equal(0, leftOut);
        Assert.InRange(written.Length, 1, 64 * 1024);
        Assert.True(QueueMemoryFormat.TryRead(written, out QueueMemory read));
        Assert.Equal(200, read.Disabled.Count);
    }

    [Fact]
    public void What_does_not_fit_is_counted_and_the_rest_is_kept()
    {
        var memory = new QueueMemory
        {
            IsPaused = true,
            Streams = [.. Enumerable.Range(0, 5000).Select(i => new StreamTerms($"campaign {i}", null, new Instant(i), RecoversGradually: false))],
        };

        byte[] written = QueueMemoryFormat.Write(memory, out int leftOut);

        Assert.InRange(written.Length, 1, QueueMemoryFormat.MaxOctets);
        Assert.True(QueueMemoryFormat.TryRead(written, out QueueMemory read));
        Assert.True(read.IsPaused);
        Assert.Equal(5000, read.Streams.Count + leftOut);
        Assert.InRange(read.Streams.Count, 100, 4999);
    }

    [Fact]
    public void A_key_names_its_queue()
    {
        var queue = new QueueKey(DomainName.Parse("example.com"), "a/b");

        Assert.True(QueueMemoryFormat.TryReadKey(QueueMemoryFormat.KeyOf(queue), out QueueKey read));

        Assert.Equal(queue, read);
        Assert.False(QueueMemoryFormat.TryReadKey("queue/example.com", out _));
    }
}
