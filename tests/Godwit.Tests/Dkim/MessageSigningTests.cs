using Godwit.Dkim;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Dkim;

/// <summary>The door of the room: threads, what is kept, and what happens when a message cannot be read.</summary>
public sealed class MessageSigningTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2027, 1, 15, 8, 0, 0, TimeSpan.Zero));
    private readonly SigningDesk _desk = new("domain-key s1, brand.example, /rsa\n<domain *>\n  dkim-add-timestamp yes\n</domain>\n");
    private readonly MessageSigning _signing;
    private int _reads;

    public MessageSigningTests() => _signing = new MessageSigning(_desk.Keys, new ServerClock(_time));

    public void Dispose() => _signing.Dispose();

    [Fact]
    public async Task A_message_with_several_recipients_is_signed_once()
    {
        byte[][] signed = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _signing.SignAsync(Order(1, shared: true))));

        Assert.All(signed, fields => Assert.Equal(signed[0], fields));
        Assert.Equal(1, _reads);
        await _signing.SignAsync(Order(2, shared: true));
        Assert.Equal(2, _reads);
    }

    [Fact]
    public async Task What_was_signed_minutes_ago_is_signed_anew()
    {
        byte[] first = await _signing.SignAsync(Order(1, shared: true));
        _time.Advance(TimeSpan.FromMinutes(5));

        byte[] again = await _signing.SignAsync(Order(1, shared: true));

        Assert.NotEqual(first, again);
        Assert.Equal(2, _reads);
    }

    [Fact]
    public async Task A_message_that_cannot_be_read_gives_its_fault_to_everyone_who_waits_and_to_nobody_later()
    {
        using var broken = new ManualResetEventSlim();
        SigningOrder Broken() => Order(1, shared: true) with
        {
            Pieces = (out ReadOnlyMemory<byte> piece) =>
            {
                broken.Wait(TestContext.Current.CancellationToken);
                piece = default;
                throw new IOException("the disk is gone");
            },
        };
        Task<byte[]>[] waiting = [_signing.SignAsync(Broken()), _signing.SignAsync(Broken())];
        broken.Set();

        foreach (Task<byte[]> each in waiting)
        {
            Assert.Equal("the disk is gone", (await Assert.ThrowsAsync<IOException>(() => each)).Message);
        }

        Assert.NotEmpty(await _signing.SignAsync(Order(1, shared: true)));
    }

    [Fact]
    public async Task More_orders_than_may_wait_are_all_carried_out()
    {
        byte[][] signed = await Task.WhenAll(Enumerable.Range(0, 1500).Select(i => _signing.SignAsync(Order(i, shared: false))));

        Assert.All(signed, fields => Assert.NotEmpty(fields));
        Assert.Equal(1500, _reads);
    }

    [Fact]
    public async Task No_signature_is_made_on_a_thread_of_the_pool()
    {
        bool pooled = true;
        SigningOrder order = _desk.Order(SigningDesk.Letter);
        PieceReader pieces = order.Pieces;

        await _signing.SignAsync(order with
        {
            Pieces = (out ReadOnlyMemory<byte> piece) =>
            {
                pooled = Thread.CurrentThread.IsThreadPoolThread;
                return pieces(out piece);
            },
        });

        Assert.False(pooled);
    }

    private SigningOrder Order(long id, bool shared)
    {
        SigningOrder order = _desk.Order(SigningDesk.Letter);
        PieceReader pieces = order.Pieces;
        bool first = true;
        return order with
        {
            Id = new MessageId(id),
            IsShared = shared,
            Pieces = (out ReadOnlyMemory<byte> piece) =>
            {
                if (first)
                {
                    Interlocked.Increment(ref _reads);
                    first = false;
                }

                return pieces(out piece);
            },
        };
    }
}
