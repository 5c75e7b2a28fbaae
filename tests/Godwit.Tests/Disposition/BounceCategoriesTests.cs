using System.Diagnostics;
using Godwit.Disposition;
using Godwit.Mail;

namespace Godwit.Tests.Disposition;

public sealed class BounceCategoriesTests
{
    [Theory]

    // Words decide before numbers.
    [InlineData(550, "5.1.1 Your address is blocked for sending spam", "spam-related")]
    [InlineData(550, "5.7.1 Our system has found that this message is likely unsolicited email", "spam-related")]
    [InlineData(554, "5.7.1 Service unavailable; client host [192.0.2.9] blocked using zen.spamhaus.org", "spam-related")]
    [InlineData(550, "5.7.1 Messages from [192.0.2.9] weren't sent; part of their network is on our block list (S3150)", "spam-related")]
    [InlineData(550, "SC-001 mail rejected for policy reasons: spam-like characteristics", "spam-related")]
    [InlineData(554, "IP address is block listed, see the last line", "spam-related")]
    [InlineData(553, "5.7.1 [BL21] Connections will not be accepted, because the address is in Spamhaus's list", "spam-related")]
    [InlineData(550, "OFR_506 Mail rejected: spam [506]", "spam-related")]
    [InlineData(550, "This looks like UCE", "spam-related")]
    [InlineData(550, "5.7.0 Junk mail is not welcome here", "spam-related")]
    [InlineData(554, "Advertisement rejected", "spam-related")]
    [InlineData(550, "5.7.1 Poor Reputation Sender", "spam-related")]
    [InlineData(553, "5.3.0 DNSBL:ATTRBL 521< 192.0.2.9 >_is_blocked", "spam-related")]
    [InlineData(451, "IP temporarily blacklisted", "spam-related")]
    [InlineData(554, "5.6.0 Virus Eicar-Test found in message", "virus-related")]
    [InlineData(550, "message infected with malware", "virus-related")]
    [InlineData(554, "5.6.0 Message content rejected", "content-related")]
    [InlineData(554, "Content denied by local filter", "content-related")]
    [InlineData(550, "8 bit character in 7-bit data", "content-related")]
    [InlineData(552, "5.7.0 This attachment type may hide a program", "content-related")]
    [InlineData(452, "4.2.2 The recipient's inbox is out of storage space", "quota-issues")]
    [InlineData(552, "5.2.2 user is over quota", "quota-issues")]
    [InlineData(552, "OFR_417 Recipient overquota", "quota-issues")]
    [InlineData(550, "Mailbox full", "quota-issues")]
    [InlineData(552, "5.3.4 Message size limit exceeded", "quota-issues")]
    [InlineData(550, "5.1.8 Sender address verification failed: requires valid sender domain", "invalid-sender")]
    [InlineData(550, "Sender verify failed", "invalid-sender")]
    [InlineData(553, "no MX for sender domain", "invalid-sender")]
    [InlineData(550, "5.2.1 The email account that you tried to reach is inactive", "inactive-mailbox")]
    [InlineData(550, "5.1.1 inactive email address", "inactive-mailbox")]
    [InlineData(550, "Account has been disabled or discontinued", "inactive-mailbox")]
    [InlineData(550, "User account expired", "inactive-mailbox")]
    [InlineData(554, "This mailbox was closed last year", "inactive-mailbox")]
    [InlineData(550, "5.1.1 The email account that you tried to reach does not exist", "bad-mailbox")]
    [InlineData(550, "5.1.1 no such user", "bad-mailbox")]
    [InlineData(550, "User unknown", "bad-mailbox")]
    [InlineData(550, "5.1.1 <x@example.com>: Recipient address rejected: User unknown in virtual mailbox table", "bad-mailbox")]
    [InlineData(554, "delivery error: This user doesn't have a yahoo.com account", "bad-mailbox")]
    [InlineData(554, "mailbox is no longer valid", "inactive-mailbox")]
    [InlineData(550, "Invalid recipient", "bad-mailbox")]
    [InlineData(550, "Requested action not taken: mailbox unavailable", "bad-mailbox")]
    [InlineData(550, "unknown local user", "bad-mailbox")]
    [InlineData(550, "not our customer", "bad-mailbox")]
    [InlineData(550, "Unrouteable address: no mailbox by that name is currently available", "bad-mailbox")]
    [InlineData(550, "5.7.1 Relaying denied", "relaying-issues")]
    [InlineData(554, "5.7.1 <x@y>: Relay access denied", "relaying-issues")]
    [InlineData(550, "we do not relay", "relaying-issues")]
    [InlineData(550, "5.1.2 Domain unknown", "bad-domain")]
    [InlineData(550, "this domain has been retired", "bad-domain")]
    [InlineData(556, "5.1.10 null MX", "bad-domain")]
    [InlineData(550, "5.4.1 Recipient address rejected: Access denied", "policy-related")]
    [InlineData(550, "5.7.26 This message is unauthenticated, which poses a risk", "policy-related")]
    [InlineData(554, "5.7.9 Message not accepted for policy reasons", "policy-related")]
    [InlineData(550, "5.7.25 the sending address does not have a PTR record", "policy-related")]
    [InlineData(554, "Reject due to policy restrictions", "policy-related")]
    [InlineData(421, "Service refused, please try later OFR_103", "policy-related")]
    [InlineData(550, "5.7.606 Access denied, banned sending IP", "policy-related")]
    [InlineData(550, "5.7.509 Access denied, sending domain does not pass DMARC verification", "policy-related")]
    [InlineData(503, "Bad sequence of commands", "protocol-errors")]
    [InlineData(501, "Syntax error in parameters", "protocol-errors")]
    [InlineData(550, "Unrouteable address", "routing-errors")]
    [InlineData(554, "5.4.14 Hop count exceeded - possible mail loop", "routing-errors")]
    [InlineData(550, "5.4.4 unable to route: no host accepts mail for it", "routing-errors")]

    // Numbers decide where words do not.
    [InlineData(550, "5.1.1 sorry", "bad-mailbox")]
    [InlineData(550, "5.1.3 sorry", "bad-mailbox")]
    [InlineData(550, "5.1.6 moved", "bad-mailbox")]
    [InlineData(550, "5.2.0 sorry", "bad-mailbox")]
    [InlineData(550, "5.1.2 sorry", "bad-domain")]
    [InlineData(550, "5.1.8 sorry", "invalid-sender")]
    [InlineData(550, "5.2.1 sorry", "inactive-mailbox")]
    [InlineData(450, "4.2.2 sorry", "quota-issues")]
    [InlineData(550, "5.6.11 bare line feeds", "content-related")]
    [InlineData(554, "5.3.3 sorry", "content-related")]
    [InlineData(554, "5.3.5 sorry", "bad-configuration")]
    [InlineData(451, "4.4.1 connection timed out", "no-answer-from-host")]
    [InlineData(451, "4.4.2 connection lost", "bad-connection")]
    [InlineData(451, "4.4.3 directory down", "routing-errors")]
    [InlineData(550, "5.5.3 too many", "policy-related")]
    [InlineData(421, "4.7.0 [TSS04] Messages from 192.0.2.9 temporarily deferred", "policy-related")]
    [InlineData(500, "5.5.1 what?", "protocol-errors")]
    [InlineData(421, "4.4.5 Server busy", "other")]
    [InlineData(450, "4.2.0 Greylisted, come back later", "bad-mailbox")]
    [InlineData(421, "Rate limit reached. Please try again later", "other")]
    [InlineData(550, "no", "other")]
    [InlineData(550, "", "other")]
    public void A_reply_has_the_category_that_its_words_or_numbers_say(int code, string text, string category)
    {
        var reply = new SmtpReply(code, text);

        Assert.Equal(category, BounceCategories.Of(reply.StatusOrDefault, reply));
    }

    [Fact]
    public void A_hostile_reply_costs_no_time()
    {
        var reply = new SmtpReply(550, string.Concat(Enumerable.Repeat("user mailbox account sender exceed rejected ", 20_000)));
        var watch = Stopwatch.StartNew();

        BounceCategories.Of(default, reply);

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"took {watch.Elapsed}");
    }
}
