using Godwit.Delivery;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Tests.Reception;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Delivery;

public sealed class UnsignedMailTests
{
    [Fact]
    public void A_domain_is_named_once_an_hour_however_much_mail_it_has()
    {
        var time = new FakeTimeProvider();
        var clock = new ServerClock(time);
        var log = new RecordingLog();
        var traffic = new TrafficCounters(clock);
        var unsigned = new UnsignedMail(traffic, clock, log);
        DomainName one = DomainName.Parse("one.test");

        for (int i = 0; i < 100; i++)
        {
            unsigned.Note(one);
            unsigned.Note(DomainName.Parse("two.test"));
        }

        Assert.Equal(2, log.Lines.Count);
        time.Advance(UnsignedMail.Interval - TimeSpan.FromSeconds(1));
        unsigned.Note(one);
        Assert.Equal(2, log.Lines.Count);
        time.Advance(TimeSpan.FromSeconds(1));
        unsigned.Note(one);
        Assert.Equal(3, log.Lines.Count);
        Assert.Equal(202, traffic.Unsigned.Total);
    }
}
