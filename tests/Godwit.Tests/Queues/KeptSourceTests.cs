// same-source: a queue whose hosts greylist keeps to one source address.

using System.Net;
using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

public sealed class KeptSourceTests
{
    private static readonly QueueKey _key = QueueWorld.Key("a.example");
    private static readonly QueueReaction _same = new() { Reason = "451 greylisted", KeepSource = true };

    private readonly QueueWorld _world = new()
    {
        Sources = [.. Enumerable.Range(1, 4).Select(i => new SourceHost(IPAddress.Parse($"10.0.0.{i}"), $"out{i}.example"))],
    };

    public KeptSourceTests() => _world.Reload();

    [Fact]
    public void Every_connection_comes_from_there_until_twelve_hours_have_passed()
    {
        IPAddress? kept = Greylisted();
        Assert.All(Addresses(8), address => Assert.Equal(kept, address));
        IReadOnlyList<WaitReason> reasons = _world.Scheduler.Why(_key, _world.Now)!.Reasons;
        Assert.Contains(reasons, reason => reason.Text.Contains($"keeps to source address {kept}", StringComparison.Ordinal));

        _world.Pass(TimeSpan.FromHours(12));
        Assert.Equal(4, Addresses(8).Distinct().Count());
    }

    [Fact]
    public void Mail_to_others_takes_its_turns_as_before()
    {
        Greylisted();

        Assert.Equal(4, Addresses(8, QueueWorld.Key("b.example")).Distinct().Count());
    }

    [Fact]
    public void A_word_to_another_address_changes_nothing_while_the_first_may_be_used()
    {
        IPAddress? kept = Greylisted();
        _world.Scheduler.DisableSource(_key, kept!, _world.Now + TimeSpan.FromMinutes(1), "test", _world.Now);
        _world.Submit(_key);
        DeliveryTicket other = _world.MustGrant();
        Assert.NotEqual(kept, other.Source.Address);
        _world.Pass(TimeSpan.FromMinutes(2));

        other.React(_same, _world.Now);

        Assert.All(Addresses(8), address => Assert.Equal(kept, address));
    }

    [Fact]
    public void Others_are_used_while_it_is_disabled()
    {
        IPAddress? kept = Greylisted();
        _world.Scheduler.DisableSource(_key, kept!, Instant.Never, "test", _world.Now);

        Assert.Equal(3, Addresses(9).Distinct().Count());
    }

    private IPAddress? Greylisted()
    {
        _world.SubmitMessages(_key, 30);
        DeliveryTicket ticket = _world.MustGrant();
        ticket.React(_same, _world.Now);
        return ticket.Source.Address;
    }

    private List<IPAddress?> Addresses(int count, QueueKey? key = null)
    {
        var addresses = new List<IPAddress?>();
        for (int i = 0; i < count; i++)
        {
            _world.Submit(key ?? _key);
            DeliveryTicket ticket;
            while ((ticket = _world.MustGrant()).Key != (key ?? _key))
            {
            }

            addresses.Add(ticket.Source.Address);
            ticket.Close(_world.Now);
        }

        return addresses;
    }
}
