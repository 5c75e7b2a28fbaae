using Godwit.Control;
using Godwit.Delivery;
using Godwit.Dns;

namespace Godwit.Tests.Control;

/// <summary>When "resolve" is done and when it is refused, and what stands in its first line.</summary>
public sealed class ResolveReportTests
{
    private static readonly MxAnswer _unknown = new(MxStatus.NoSuchDomain, [], "there.example does not exist");

    private static readonly MxAnswer _known = new(
        MxStatus.Found, [new MailHost(Godwit.Mail.DomainName.Parse("mx.there.example"), 10, [System.Net.IPAddress.Parse("192.0.2.7")])], "");

    [Fact]
    public void Where_smtp_hosts_decides_the_answer_does_not_begin_with_what_DNS_lacks()
    {
        var report = new ResolveReport(
            new ResolvedDestination(_unknown) { DnsDecides = false, Notes = ["The configuration (smtp-hosts) sends it to:"], ConfiguredHosts = ["relay 192.0.2.9:25"] }, []);

        Assert.Equal("status = StatusOk\nThe configuration (smtp-hosts) sends it to:\n  relay 192.0.2.9:25\n", ReportFormats.Text(report));
        Assert.Equal((ReportOutcome.Done, ""), (report.Outcome, report.Message));
        Assert.Equal((new ReportText("StatusOk"), new ReportText("StatusDnsNoSuchDomain")), (report.ToTree().Find("status"), report.ToTree().Find("dnsStatus")));
    }

    [Fact]
    public void Hosts_of_the_configuration_without_an_address_are_a_refusal()
    {
        var report = new ResolveReport(new ResolvedDestination(_known) { DnsDecides = false, LacksHosts = true }, []);

        Assert.Equal(ReportOutcome.Refused, report.Outcome);
        Assert.StartsWith("status = StatusNoHosts\n", ReportFormats.Text(report), StringComparison.Ordinal);
        Assert.EndsWith("no address of the hosts that smtp-hosts names is known\n", ReportFormats.Text(report), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ReportOutcome.Refused, false)]
    [InlineData(ReportOutcome.Refused, false, false)]
    [InlineData(ReportOutcome.Done, true)]
    [InlineData(ReportOutcome.Done, false, true)]
    public void One_host_that_takes_mail_is_enough_and_none_is_a_refusal(ReportOutcome outcome, params bool[] takeMail)
    {
        HostGreeting[] greetings = [.. takeMail.Select((takes, i) => new HostGreeting($"mx{i} (192.0.2.{i})", "", "said") { TakesMail = takes })];

        var report = new ResolveReport(new ResolvedDestination(_known) { Greetings = greetings }, []);

        Assert.Equal(outcome, report.Outcome);
        Assert.Equal(outcome == ReportOutcome.Done ? "" : $"none of these hosts takes mail from here now ({takeMail.Length} tried)", report.Message);
    }
}
