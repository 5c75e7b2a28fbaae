using System.Net;
using System.Text;
using Godwit.Smtp;

namespace Godwit.Tests.Smtp;

public sealed class ProxyHeaderTests
{
    [Theory]
    [InlineData("192.0.2.7:0", "198.51.100.25:25", "PROXY TCP4 192.0.2.7 198.51.100.25 0 25\r\n")]
    [InlineData("255.255.255.255:65535", "255.255.255.255:65535", "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n")]
    [InlineData("[2001:db8::7]:4000", "[2001:db8::25]:25", "PROXY TCP6 2001:db8::7 2001:db8::25 4000 25\r\n")]
    [InlineData("[fe80::7%3]:0", "[fe80::25%3]:25", "PROXY TCP6 fe80::7 fe80::25 0 25\r\n")]
    public void The_first_version_is_a_line(string source, string destination, string line) =>
        Assert.Equal(line, Encoding.ASCII.GetString(ProxyHeader.Write(1, IPEndPoint.Parse(source), IPEndPoint.Parse(destination))));

    [Theory]
    [InlineData("192.0.2.7:0", "198.51.100.25:25", "2111000C" + "C0000207" + "C6336419" + "0000" + "0019")]
    [InlineData(
        "[2001:db8::7]:4000", "[2001:db8::25]:2525",
        "21210024" + "20010DB8000000000000000000000007" + "20010DB8000000000000000000000025" + "0FA0" + "09DD")]
    public void The_second_version_is_a_signature_and_bare_addresses(string source, string destination, string rest)
    {
        byte[] header = ProxyHeader.Write(2, IPEndPoint.Parse(source), IPEndPoint.Parse(destination));

        Assert.Equal("\r\n\r\n\0\r\nQUIT\n", Encoding.ASCII.GetString(header[..12]));
        Assert.Equal(rest, Convert.ToHexString(header[12..]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Addresses_of_two_families_are_refused(int version) =>
        Assert.Throws<ArgumentException>(() => ProxyHeader.Write(version, IPEndPoint.Parse("192.0.2.7:0"), IPEndPoint.Parse("[2001:db8::1]:25")));
}
