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

    private static VirtualMtaChoice Choose(string? wish, SourceSettings source)
    {
        Assert.Null(new MessageRouting().Choose(wish, source, _server, out VirtualMtaChoice choice));
        return choice;
    }
}
