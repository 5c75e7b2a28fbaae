using Godwit.Mail;
using Godwit.Reception;
using Godwit.Settings;

namespace Godwit.Tests.Reception;

public sealed class ClientPolicyTests
{
    [Theory]
    [InlineData("a@local.example", false, true)]
    [InlineData("a@LOCAL.example.", false, true)]
    [InlineData("a@elsewhere.example", false, false)]
    [InlineData("a@elsewhere.example", true, true)]
    [InlineData("a@[127.0.0.1]", false, false)]
    [InlineData("postmaster", false, true)]
    public void Mail_is_relayed_for_relay_domains_and_trusted_sources_only(string recipient, bool trusted, bool expected)
    {
        SourceSettings source = ReceptionSettings.Relay with { AlwaysAllowRelaying = trusted };
        Assert.Equal(expected, ClientPolicy.MayRelay(EmailAddress.Parse(recipient), source, ReceptionSettings.With(source)));
    }

    [Fact]
    public void Without_a_configured_limit_the_servers_own_holds()
    {
        Assert.Equal(ClientPolicy.ServerMaxOctets, ClientPolicy.MaxOctets(new SourceSettings()));
        Assert.Equal(1000, ClientPolicy.MaxOctets(new SourceSettings { MaxMessageSize = 1000 }));
        Assert.Equal(ClientPolicy.ServerMaxOctets, ClientPolicy.MaxOctets(new SourceSettings { MaxMessageSize = long.MaxValue }));
        Assert.Equal(Envelope.MaxRecipients, ClientPolicy.MaxRecipients(new SourceSettings()));
        Assert.Equal(5, ClientPolicy.MaxRecipients(new SourceSettings { MaxRcptPerMessage = 5 }));
        Assert.Equal(Envelope.MaxRecipients, ClientPolicy.MaxRecipients(new SourceSettings { MaxRcptPerMessage = int.MaxValue }));
    }
}
