using System.Text;
using Godwit.Foundation;

namespace Godwit.Tests.Foundation;

public sealed class KeyedDigestTests
{
    // PowerMTA's own check value.
    [Fact]
    public void SipHash_of_a_short_key_is_what_PowerMTA_writes() =>
        Assert.Equal("EB938A2508145899", KeyedDigest.SipHash("secretkey"u8).Of("port25"));

    // The paper's appendix A: key 00 01 .. 0f, text 00 01 .. 0e, result a129ca6149be45e5 as a number.
    [Theory]
    [InlineData(0, "310E0EDD47DB6F72")]
    [InlineData(1, "FD67DC93C539F874")]
    [InlineData(7, "37D1018BF50002AB")]
    [InlineData(8, "6224939A79F5F593")]
    [InlineData(15, "E545BE4961CA29A1")]
    public void SipHash_agrees_with_the_vectors_of_its_authors(int length, string expected) =>
        Assert.Equal(expected, KeyedDigest.SipHash(Octets(16)).Of(Octets(length)));

    // RFC 4231 sections 4.2 and 4.3.
    [Theory]
    [InlineData("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There", "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7")]
    [InlineData("4a656665", "what do ya want for nothing?", "5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843")]
    public void Hmac_agrees_with_the_vectors_of_its_RFC(string key, string text, string expected) =>
        Assert.Equal(expected, KeyedDigest.HmacSha256(Convert.FromHexString(key)).Of(text));

    [Fact]
    public void A_hmac_key_may_be_longer_than_a_block() => Assert.Equal(
        "60E431591EE0B67F0D8A26AACBF5B77F8E0BC6213728C5140546040F0EE37F54",
        KeyedDigest.HmacSha256(Enumerable.Repeat((byte)0xaa, 131).ToArray()).Of("Test Using Larger Than Block-Size Key - Hash Key First"));

    [Fact]
    public void A_key_that_SipHash_would_have_to_cut_is_refused() =>
        Assert.Throws<ArgumentException>(() => KeyedDigest.SipHash(Octets(17)));

    [Fact]
    public void Texts_are_taken_as_UTF8() =>
        Assert.Equal(KeyedDigest.SipHash("k"u8).Of(Encoding.UTF8.GetBytes("jürgen")), KeyedDigest.SipHash("k"u8).Of("jürgen"));

    private static byte[] Octets(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)i)];
}
