using Godwit.Intake;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Intake;

public sealed class MessageRoutingTests
{
    private static readonly ServerSettings _server = TestSettings.Server(
        virtualMtas: [TestSettings.VirtualMta("v1"), TestSettings.VirtualMta("v2")],
        pools: [new PoolSettings("both", ["v1", "v2"])]);

    [Fact]
    public void Without_a_wish_the_sources_default_is_used_and_without_that_the_default_virtual_mta()
    {
        Assert.Equal(new VirtualMtaChoice("v2", ""), Choose(null, new SourceSettings { DefaultVirtualMta = "V2" }));
        Assert.Equal(new VirtualMtaChoice("{default}", ""), Choose(null, new SourceSettings()));
    }

    [Fact]
    public void The_messages_wish_beats_the_sources_default()
    {
        Assert.Equal(new VirtualMtaChoice("v1", ""), Choose("v1", new SourceSettings { DefaultVirtualMta = "v2" }));
    }

    [Fact]
    public void A_pool_gives_its_members_in_turn()
    {
        var routing = new MessageRouting();
        var members = new List<string>();
        for (int i = 0; i < 4; i++)
        {
            Assert.Null(routing.Choose("both", new SourceSettings(), _server, out VirtualMtaChoice choice));
            Assert.Equal("both", choice.Pool);
            members.Add(choice.VirtualMta);
        }

        Assert.Equal(["v1", "v2", "v1", "v2"], members);
    }

    [Fact]
    public void Nobody_sends_through_the_virtual_mta_of_reports_which_asks_less_of_TLS()
    {
        ServerSettings server = TestSettings.Server(
            delivery: (_, _) => new DeliverySettings { RerouteToVirtualMta = "v1" },
            virtualMtas: [TestSettings.VirtualMta("{tls-report}"), TestSettings.VirtualMta("v1")]);
        SmtpReply? refusal = new MessageRouting().Choose("{TLS-Report}", new SourceSettings(), server, out VirtualMtaChoice choice);
        Assert.Equal(("554 5.5.0 virtual MTA {TLS-Report} does not exist", "{default}"), (refusal?.ToString(), choice.VirtualMta));

        Assert.Null(new MessageRouting().Choose(null, new SourceSettings { DefaultVirtualMta = "{tls-report}" }, server, out choice));
        Assert.Equal("{tls-report}", new MessageRouting().Reroute(DomainName.Parse("a.test"), choice, server, out _).VirtualMta);
    }

    [Fact]
    public void An_unknown_virtual_mta_is_refused_by_name_without_echoing_control_characters()
    {
        SmtpReply? refusal = new MessageRouting().Choose("no\tsuch", new SourceSettings(), _server, out _);

        Assert.Equal("554 5.5.0 virtual MTA no?such does not exist", refusal?.ToString());
    }

    [Fact]
    public void An_unknown_virtual_mta_falls_back_where_the_configuration_says_so()
    {
        ServerSettings withFallback = TestSettings.Server(virtualMtas: [TestSettings.VirtualMta("v1")], fallback: "v1");

        Assert.Null(new MessageRouting().Choose("nowhere", new SourceSettings(), withFallback, out VirtualMtaChoice fallback));
        Assert.Equal("v1", fallback.VirtualMta);
        Assert.Null(new MessageRouting().Choose("nowhere", new SourceSettings { RejectInvalidVirtualMta = false }, _server, out VirtualMtaChoice lenient));
        Assert.Equal("{default}", lenient.VirtualMta);
    }

    [Fact]
    public void Queue_to_sends_a_domain_to_another_destination_once()
    {
        ServerSettings server = TestSettings.Server((domain, _) => new DeliverySettings
        {
            QueueTo = domain.Text switch
            {
                "a.example" => DomainName.Parse("b.example"),
                "b.example" => DomainName.Parse("c.example"),
                _ => default,
            },
        });

        Assert.Equal("b.example", MessageRouting.Destination(DomainName.Parse("a.example"), "{default}", server).Text);
        Assert.Equal("d.example", MessageRouting.Destination(DomainName.Parse("d.example"), "{default}", server).Text);
    }

    [Theory]
    [InlineData("a -> b -> c", "a", "c", "")]
    [InlineData("a -> a", "a", "a", "")]
    [InlineData("a -> b -> b", "a", "b", "")]
    [InlineData("a -> b -> c -> b", "a", "c", "a -> b -> c -> b")]
    [InlineData("a -> b -> a", "a", "b", "a -> b -> a")]
    [InlineData("a -> b", "c", "c", "")]
    [InlineData("a -> {default}", "a", "{default}", "")]
    public void Mail_follows_reroutes_until_they_end_or_go_in_a_circle(string chain, string from, string to, string circle)
    {
        string[] names = chain.Split(" -> ");
        Dictionary<string, string> next = names.Zip(names.Skip(1)).ToDictionary(pair => pair.First, pair => pair.Second);
        ServerSettings server = TestSettings.Server(
            (_, vmta) => new DeliverySettings { RerouteToVirtualMta = next.GetValueOrDefault(vmta, "") },
            [TestSettings.VirtualMta("a"), TestSettings.VirtualMta("b"), TestSettings.VirtualMta("c")]);

        VirtualMtaChoice placed = new MessageRouting().Reroute(DomainName.Parse("d.test"), new VirtualMtaChoice(from, ""), server, out string found);

        Assert.Equal((to, circle), (placed.VirtualMta, found));
    }

    [Fact]
    public void A_pool_that_mail_is_rerouted_to_gives_its_members_in_turn()
    {
        ServerSettings server = _server with { ResolveDelivery = (_, vmta) => new DeliverySettings { RerouteToVirtualMta = vmta == "{default}" ? "BOTH" : "" } };
        var routing = new MessageRouting();

        IEnumerable<VirtualMtaChoice> placed = Enumerable.Range(0, 3).Select(_ =>
            routing.Reroute(DomainName.Parse("d.test"), new VirtualMtaChoice("{default}", ""), server, out string _));

        Assert.Equal([new VirtualMtaChoice("v1", "both"), new VirtualMtaChoice("v2", "both"), new VirtualMtaChoice("v1", "both")], placed);
    }

    private static VirtualMtaChoice Choose(string? wish, SourceSettings source)
    {
        Assert.Null(new MessageRouting().Choose(wish, source, _server, out VirtualMtaChoice choice));
        return choice;
    }
}
