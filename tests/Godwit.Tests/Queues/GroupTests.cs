using System.Net;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Tests.Queues;

/// <summary>Queues that share limits (pools, hosts, providers) and queues whose mail moves (rollups, reroutes).</summary>
public sealed class GroupTests
{
    private static readonly DomainName _google = DomainName.Parse("google.rollup");
    private static readonly DomainName _gmail = DomainName.Parse("gmail.com");
    private static readonly DeliverySettings _settings = new() { NotifyOfDelayEvery = Timeout.InfiniteTimeSpan };

    private readonly QueueWorld _world = new(_settings, virtualMtas: [("v", 0), ("w", 0), ("x", 0)]);

    [Fact]
    public void Members_of_a_pool_share_its_connections()
    {
        _world.Pools.Add("p", new PoolSettings("p", ["v", "w"]) { MaxSmtpOut = 3 });
        _world.Reload();
        foreach (string virtualMta in (string[])["v", "w", "x"])
        {
            _world.SubmitMessages(QueueWorld.Key("a.example", virtualMta), 5);
        }

        string[] granted = [.. _world.GrantAll().Select(ticket => ticket.Key.VirtualMta)];

        Assert.Equal((3, 5), (granted.Count(name => name != "x"), granted.Count(name => name == "x")));
        string[] reasons = [.. ((string[])["v", "w"]).Select(name => _world.WhyWaits(QueueWorld.Key("a.example", name)))];
        Assert.Contains("max-smtp-out of a pool of the virtual MTA reached", reasons);
    }

    [Fact]
    public void A_virtual_mta_that_leaves_a_pool_gives_back_what_it_took_from_it()
    {
        _world.Pools.Add("p", new PoolSettings("p", ["v", "w"]) { MaxSmtpOut = 1 });
        _world.Reload();
        _world.SubmitMessages(QueueWorld.Key("a.example", "v"), 1);
        _world.SubmitMessages(QueueWorld.Key("a.example", "w"), 1);
        DeliveryTicket first = Assert.Single(_world.GrantAll());
        _world.Pools["p"] = new PoolSettings("p", [first.Key.VirtualMta == "v" ? "w" : "v"]) { MaxSmtpOut = 1 };
        _world.Reload();
        Assert.Empty(_world.GrantAll());

        first.Close(_world.Now);

        Assert.Equal(2, _world.GrantAll().Count);
    }

    [Fact]
    public void A_full_host_makes_its_queues_wait_and_the_next_slot_serves_one_of_them()
    {
        _world.MxLimits = [new MxConnectionLimit(new DomainPattern(DomainPatternKind.Exact, "mx.example", default), 1)];
        _world.Reload();
        QueueKey[] keys = [QueueWorld.Key("a.example"), QueueWorld.Key("b.example"), QueueWorld.Key("c.example")];
        Array.ForEach(keys, key => _world.Submit(key));
        List<DeliveryTicket> tickets = _world.GrantAll();
        Assert.True(Use(tickets[0]));
        Assert.False(Use(tickets[1]));
        Assert.False(Use(tickets[2]));
        Wait(tickets[1]);
        Wait(tickets[2]);
        Assert.Null(_world.Grant());
        Assert.Equal("mx-connection-limit or ip-connection-limit of its hosts reached", _world.WhyWaits(tickets[1].Key));

        tickets[0].Close(_world.Now);

        // The first comes again for its mail that nobody took; of those who waited, one.
        List<DeliveryTicket> again = _world.GrantAll();
        Assert.Equal(1, again.Count(ticket => ticket.Key != tickets[0].Key));

        bool Use(DeliveryTicket ticket) => ticket.TryUseHost("MX.example", IPAddress.Parse("10.0.0.1"), _world.Now);
        void Wait(DeliveryTicket ticket)
        {
            ticket.WaitForHost(_world.Now);
            ticket.Close(_world.Now);
        }
    }

    [Fact]
    public void Domains_of_one_provider_share_the_connections_of_its_main_domain()
    {
        _world.Own["gmail.com"] = _settings with { MaxSmtpOut = 4 };
        _world.Reload();
        QueueKey[] keys = [.. Enumerable.Range(0, 50).Select(i => QueueWorld.Key($"hosted{i}.example", "v"))];
        Array.ForEach(keys, key => _world.SubmitMessages(key, 3));
        JoinAll();

        List<DeliveryTicket> open = _world.GrantAll();

        Assert.Equal(4, open.Count);
        Assert.Equal("max-smtp-out of google.rollup/v reached", _world.WhyWaits(keys[49]));
        open[0].Close(_world.Now);
        Assert.Single(_world.GrantAll());
    }

    [Fact]
    public void What_one_domain_of_a_provider_is_told_holds_for_all_of_them()
    {
        QueueKey[] keys = [.. Enumerable.Range(0, 3).Select(i => QueueWorld.Key($"hosted{i}.example", "v"))];
        Array.ForEach(keys, key => _world.SubmitMessages(key, 3));
        JoinAll();
        DeliveryTicket told = _world.MustGrant();
        told.React(new QueueReaction { Reason = "421 4.7.28", DisableSource = true, ReenableAfter = TimeSpan.FromMinutes(10) }, _world.Now);
        told.Close(_world.Now);

        Assert.Null(_world.Grant());
        Assert.All(keys, key => Assert.Equal("all source addresses are disabled", _world.WhyWaits(key)));
        Assert.Equal(QueueWorld.Key("google.rollup", "v"), _world.Scheduler.TakeChanges(10)[0].Key);

        _world.Pass(TimeSpan.FromMinutes(10));
        Assert.Equal(3, _world.GrantAll().Select(ticket => ticket.Key).Distinct().Count());
    }

    [Fact]
    public void Mail_of_a_rollup_moves_and_what_comes_later_follows()
    {
        QueueKey key = QueueWorld.Key("a.example", "v");
        QueueKey rollup = QueueWorld.Key("big.rollup", "v");
        _world.SubmitMessages(key, 5000);
        var deferred = new QueuedRecipient(_world.Message(), 0);
        deferred.Restore(1, _world.Now + TimeSpan.FromHours(1));
        _world.Scheduler.Enqueue(key, deferred, _world.Now);
        DeliveryTicket ticket = _world.MustGrant();
        ticket.JoinRollup(rollup.Destination, _world.Now);
        ticket.Close(_world.Now);
        while (_world.Scheduler.NextDue(_world.Now) <= _world.Now && _world.Scheduler.Queue(key)?.Recipients > 0)
        {
            _world.Scheduler.TakeExpired(_world.Now, 1);
        }

        _world.Submit(key);

        Assert.Equal(0, _world.Scheduler.Queue(key)?.Recipients ?? 0);
        Assert.Equal(5002, _world.Scheduler.Queue(rollup)!.Recipients);
        Assert.Equal(5002, _world.Scheduler.Totals().Recipients);
        Assert.Equal(rollup, _world.MustGrant().Key);
    }

    [Fact]
    public void Mail_in_backoff_mode_moves_to_the_other_virtual_mta_and_new_mail_too()
    {
        QueueKey from = QueueWorld.Key("a.example", "v");
        _world.Own["a.example"] = _settings with { BackoffRerouteToVirtualMta = "W" };
        _world.Reload();
        _world.SubmitMessages(from, 10);
        _world.Scheduler.SetMode(from, QueueMode.Backoff, Instant.Never, "421", _world.Now);
        _world.Submit(from);

        Assert.Equal(11, _world.Scheduler.Queue(QueueWorld.Key("a.example", "w"))!.Recipients);
        Assert.All(_world.GrantAll(), ticket => Assert.Equal("w", ticket.Key.VirtualMta));
    }

    [Fact]
    public void Mail_of_a_paused_queue_is_rerouted_when_it_is_resumed_and_not_before()
    {
        QueueKey from = QueueWorld.Key("a.example", "v");
        _world.Own["a.example"] = _settings with { BackoffRerouteToVirtualMta = "w" };
        _world.Reload();
        _world.SubmitMessages(from, 10);
        _world.Scheduler.Pause(from, _world.Now);
        _world.Scheduler.SetMode(from, QueueMode.Backoff, Instant.Never, "421", _world.Now);
        Assert.Empty(_world.GrantAll());

        _world.Scheduler.Resume(from, _world.Now);

        Assert.Equal(10, _world.Scheduler.Queue(QueueWorld.Key("a.example", "w"))!.Recipients);
    }

    [Fact]
    public void A_reroute_that_leads_back_is_ignored_and_told()
    {
        QueueKey from = QueueWorld.Key("a.example", "v");
        QueueKey to = QueueWorld.Key("a.example", "w");
        _world.Own["a.example"] = _settings with { BackoffRerouteToVirtualMta = "w" };
        _world.Reload();
        _world.Scheduler.SetMode(to, QueueMode.Backoff, Instant.Never, "421", _world.Now);
        _world.SubmitMessages(from, 10);

        _world.Scheduler.SetMode(from, QueueMode.Backoff, Instant.Never, "421", _world.Now);

        // w's own reroute names w, which leads nowhere else.
        Assert.Equal(10, _world.Scheduler.Queue(from)!.Recipients + (_world.Scheduler.Queue(to)?.Recipients ?? 0));
        Assert.NotEmpty(_world.GrantAll());
    }

    [Fact]
    public void A_pool_as_the_target_of_a_reroute_takes_turns()
    {
        _world.Pools.Add("p", new PoolSettings("p", ["w", "x"]));
        _world.Own["a.example"] = _settings with { BackoffRerouteToVirtualMta = "p" };
        _world.Reload();
        QueueKey from = QueueWorld.Key("a.example", "v");
        _world.SubmitMessages(from, 10);
        _world.Scheduler.SetMode(from, QueueMode.Backoff, Instant.Never, "421", _world.Now);

        Assert.Equal((5, 5), (Count("w"), Count("x")));

        long Count(string virtualMta) => _world.Scheduler.Queue(QueueWorld.Key("a.example", virtualMta))?.Recipients ?? 0;
    }

    [Fact]
    public void Pools_that_reroute_to_each_other_send_nothing_to_and_fro()
    {
        _world.Pools.Add("first", new PoolSettings("first", ["w", "x"]));
        _world.Pools.Add("second", new PoolSettings("second", ["w", "v"]));
        _world.Own["a.example/v"] = _settings with { RerouteToVirtualMta = "first" };
        _world.Own["a.example/x"] = _settings with { RerouteToVirtualMta = "second" };
        _world.Reload();
        _world.SubmitMessages(QueueWorld.Key("a.example", "v"), 10);
        _world.SubmitMessages(QueueWorld.Key("a.example", "x"), 10);

        Assert.All(_world.GrantAll(), ticket => Assert.Equal("w", ticket.Key.VirtualMta));
        Assert.Equal(20, _world.Scheduler.Queue(QueueWorld.Key("a.example", "w"))!.Recipients);
    }

    [Fact]
    public void A_chain_of_reroutes_brings_mail_to_its_end()
    {
        _world.Own["a.example/v"] = _settings with { RerouteToVirtualMta = "w" };
        _world.Own["a.example/w"] = _settings with { RerouteToVirtualMta = "x" };
        _world.Reload();
        _world.SubmitMessages(QueueWorld.Key("a.example", "v"), 5000);

        Assert.Equal("x", _world.MustGrant().Key.VirtualMta);
        while (_world.Scheduler.NextDue(_world.Now) <= _world.Now && _world.Grant() is not null)
        {
        }

        Assert.Equal(5000, _world.Scheduler.Queue(QueueWorld.Key("a.example", "x"))!.Recipients);
    }

    [Fact]
    public void A_source_address_that_one_domain_of_a_provider_gives_back_serves_the_next_domain()
    {
        var world = new QueueWorld(_settings with { MaxSmtpOutPerSource = 1 });
        QueueKey[] keys = [QueueWorld.Key("gmail.com"), QueueWorld.Key("one.example"), QueueWorld.Key("two.example")];
        Array.ForEach(keys, key => world.SubmitMessages(key, 2));
        List<DeliveryTicket> first = world.GrantAll();
        first.ForEach(ticket => Assert.True(ticket.JoinGroup(_google, _gmail, world.Now)));
        first.ForEach(ticket => ticket.Close(world.Now));

        var served = new HashSet<QueueKey>();
        for (int i = 0; i < keys.Length; i++)
        {
            DeliveryTicket only = world.MustGrant();
            Assert.Null(world.Grant());
            served.Add(only.Key);
            world.Serve(only);
            only.Close(world.Now);
        }

        Assert.Equal(keys.Length, served.Count);
    }

    [Fact]
    public void A_domain_that_leaves_its_provider_gives_its_source_address_to_those_who_stay()
    {
        QueueWorld world = OneSourceWorld("one.example", "two.example");
        DeliveryTicket holder = world.MustGrant();
        Assert.Null(world.Grant());

        Assert.True(holder.LeaveGroup(world.Now));
        holder.Close(world.Now);

        Assert.Contains(world.GrantAll(), ticket => ticket.Key != holder.Key);
    }

    [Fact]
    public void A_domain_that_waits_for_a_source_address_of_its_provider_says_so()
    {
        QueueWorld world = OneSourceWorld("one.example", "two.example");
        DeliveryTicket holder = world.MustGrant();
        QueueKey other = QueueWorld.Key(holder.Key.Destination.Text == "one.example" ? "two.example" : "one.example");

        WaitReason reason = Assert.Single(world.Scheduler.Why(other, world.Now)!.Reasons);

        Assert.StartsWith(
            "source address 127.0.0.1 opens no further connection: all 1 connection(s) of it are in use (source-ip-max-smtp-out); shared by the 2 queue(s) of ",
            reason.Text, StringComparison.Ordinal);
        Assert.True(reason.IsBinding);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_source_address_goes_on_to_the_next_domain_when_those_called_first_are_paused(int left)
    {
        string[] domains = ["one.example", "two.example", "three.example"];
        QueueWorld world = OneSourceWorld(domains);
        DeliveryTicket holder = world.MustGrant();
        Assert.Null(world.Grant());
        holder.Close(world.Now);

        foreach (string domain in domains.Where((_, i) => i != left))
        {
            world.Scheduler.Pause(QueueWorld.Key(domain), world.Now);
        }

        Assert.Equal(QueueWorld.Key(domains[left]), world.MustGrant().Key);
    }

    [Fact]
    public void An_idle_connection_of_a_provider_gives_way_although_a_stranger_is_idle_for_longer()
    {
        _world.Own["gmail.com"] = _settings with { MaxSmtpOut = 1 };
        _world.Reload();
        _world.Submit(QueueWorld.Key("one.example", "v"));
        _world.Submit(QueueWorld.Key("two.example", "v"));
        JoinAll();
        DeliveryTicket first = _world.MustGrant();
        _world.Serve(first);
        first.Close(_world.Now);
        DeliveryTicket idle = _world.MustGrant();
        _world.Serve(idle);
        _world.Submit(QueueWorld.Key("alone.example", "v"));
        DeliveryTicket stranger = _world.MustGrant();
        _world.Serve(stranger);
        WakeSignal strangers = stranger.BeginWait(TimeSpan.FromMinutes(1))!;
        WakeSignal own = idle.BeginWait(TimeSpan.FromMinutes(1))!;

        _world.Submit(first.Key);

        Assert.Equal((true, false), (IsSet(own), IsSet(strangers)));

        static bool IsSet(WakeSignal signal) => signal.WaitAsync(Timeout.InfiniteTimeSpan, TimeProvider.System, TestContext.Current.CancellationToken).IsCompleted;
    }

    [Fact]
    public void An_empty_domain_of_a_provider_is_forgotten_after_ten_minutes()
    {
        QueueKey key = QueueWorld.Key("one.example", "v");
        _world.Submit(key);
        JoinAll();
        DeliveryTicket ticket = _world.MustGrant();
        _world.Serve(ticket);
        ticket.Close(_world.Now);
        Assert.NotNull(_world.Scheduler.Queue(key));

        _world.Pass(TimeSpan.FromMinutes(10));
        _world.Scheduler.TakeExpired(_world.Now, 1);

        Assert.Null(_world.Scheduler.Queue(key));
    }

    [Fact]
    public void A_source_address_of_a_provider_is_enabled_by_the_name_that_its_notice_says()
    {
        _world.Submit(QueueWorld.Key("one.example", "v"));
        JoinAll();
        DeliveryTicket told = _world.MustGrant();
        told.React(new QueueReaction { Reason = "421 4.7.28", DisableSource = true, ReenableAfter = TimeSpan.FromHours(1) }, _world.Now);
        told.Close(_world.Now);
        Assert.Null(_world.Grant());
        QueueKey said = _world.Scheduler.TakeChanges(1)[0].Key;

        Assert.True(_world.Scheduler.EnableSource(said, IPAddress.Loopback, _world.Now));

        Assert.NotNull(_world.Grant());
    }

    /// <summary>Domains of one provider with three messages each, and one source address that may have one connection there.</summary>
    private static QueueWorld OneSourceWorld(params string[] domains)
    {
        var world = new QueueWorld(_settings with { MaxSmtpOutPerSource = 1 });
        Array.ForEach(domains, domain => world.SubmitMessages(QueueWorld.Key(domain), 3));
        foreach (DeliveryTicket ticket in world.GrantAll())
        {
            ticket.JoinGroup(_google, _gmail, world.Now);
            ticket.Close(world.Now);
        }

        return world;
    }

    private void JoinAll()
    {
        foreach (DeliveryTicket ticket in _world.GrantAll())
        {
            ticket.JoinGroup(_google, _gmail, _world.Now);
            ticket.Close(_world.Now);
        }
    }
}
