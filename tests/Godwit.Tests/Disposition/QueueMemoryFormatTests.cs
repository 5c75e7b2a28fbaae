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
        };

        Assert.True(QueueMemoryFormat.TryRead(QueueMemoryFormat.Write(memory, out _), out QueueMemory read));

        Assert.Equal(
            (memory.IsPaused, memory.Mode, memory.ModeUntil, memory.ModeReason), (read.IsPaused, read.Mode, read.ModeUntil, read.ModeReason));
        Assert.Equal(memory.Disabled, read.Disabled);
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
    public void What_another_version_or_a_fault_has_written_is_not_guessed_at(string value) =>
        Assert.False(QueueMemoryFormat.TryRead(Encoding.UTF8.GetBytes(value), out _));

    [Fact]
    public void Hundreds_of_disabled_addresses_fit()
    {
        var memory = new QueueMemory
        {
            Disabled = [.. Enumerable.Range(0, 200).Select(i => new DisabledSource(new IPAddress([10, 0, 0, (byte)i]), Instant.Never, new string('ü', 5000)))],
        };

        byte[] written = QueueMemoryFormat.Write(memory, out _);

        Assert.InRange(written.Length, 1, 64 * 1024);
        Assert.True(QueueMemoryFormat.TryRead(written, out QueueMemory read));
        Assert.Equal(200, read.Disabled.Count);
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
