using Godwit.Settings;

namespace Godwit.Tests.Settings;

public sealed class ValueParsersTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("600", "10m")]
    [InlineData("300s", "5m")]
    [InlineData("4d12h", "4d12h")]
    [InlineData("1w2d12h", "9d12h")]
    [InlineData("1W2D3H4M5S", "9d3h4m5s")]
    [InlineData("90m", "1h30m")]
    [InlineData("\"10m\"", "10m")]
    public void A_time_is_read_and_printed_in_its_shortest_form(string text, string printed) => Assert.Equal(printed, Print(ValueParsers.Time, text));

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("-1")]
    [InlineData("1.5h")]
    [InlineData("5m5m")]
    [InlineData("5s5m")]
    [InlineData("1h30")]
    [InlineData("5 m")]
    [InlineData("never")]
    [InlineData("99999999999999999999d")]
    [InlineData("٣m")]
    public void What_is_no_time_is_refused(string text) => Assert.NotEqual("", Fault(ValueParsers.Time, text));

    [Theory]
    [InlineData("unlimited", "unlimited")]
    [InlineData("0", "unlimited")]
    [InlineData("100/h", "100/h")]
    [InlineData("100/hr", "100/h")]
    [InlineData("100/15m", "100/15m")]
    [InlineData("83/5s", "83/5s")]
    [InlineData("1/20min", "1/20m")]
    [InlineData("60/60sec", "60/m")]
    [InlineData("5/2DAY", "5/2d")]
    public void A_rate_is_read_and_printed(string text, string printed) => Assert.Equal(printed, Print(ValueParsers.RateForm, text));

    [Theory]
    [InlineData("100")]
    [InlineData("/h")]
    [InlineData("100/")]
    [InlineData("100/w")]
    [InlineData("100/0h")]
    [InlineData("-1/h")]
    [InlineData("10K/h")]
    [InlineData("1/99999999999d")]
    public void What_is_no_rate_is_refused(string text) => Assert.NotEqual("", Fault(ValueParsers.RateForm, text));

    [Theory]
    [InlineData("50M/h", "50M/h")]
    [InlineData("1024k/10m", "1M/10m")]
    [InlineData("1000/s", "1000/s")]
    [InlineData("unlimited", "unlimited")]
    public void A_volume_rate_counts_octets(string text, string printed) => Assert.Equal(printed, Print(ValueParsers.VolumeRate, text));

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("1000", 1000L)]
    [InlineData("10b", 10L)]
    [InlineData("10K", 10240L)]
    [InlineData("250m", 262144000L)]
    [InlineData("2G", 2147483648L)]
    [InlineData("1t", 1099511627776L)]
    public void A_size_is_octets_with_a_power_of_1024(string text, long octets)
    {
        Assert.True(ValueParsers.Size.TryRead(text, new ValueReading("/"), out object? value));
        Assert.Equal(octets, value);
        Assert.True(ValueParsers.Size.TryRead(ValueParsers.Size.Print(value!), new ValueReading("/"), out object? again));
        Assert.Equal(octets, again);
    }

    [Theory]
    [InlineData("K")]
    [InlineData("10KB")]
    [InlineData("-1")]
    [InlineData("1.5M")]
    [InlineData("9999999999999G")]
    public void What_is_no_size_is_refused(string text) => Assert.NotEqual("", Fault(ValueParsers.Size, text));

    [Theory]
    [InlineData("0/0", "0.0.0.0/0")]
    [InlineData("10/8", "10.0.0.0/8")]
    [InlineData("173.194/16", "173.194.0.0/16")]
    [InlineData("10.1.0/24", "10.1.0.0/24")]
    [InlineData("10.1.2.3", "10.1.2.3/32")]
    [InlineData("10.1.2.3/8", "10.0.0.0/8")]
    [InlineData("::1", "::1/128")]
    [InlineData("2001:db8::/32", "2001:db8::/32")]
    [InlineData("::/0", "::/0")]
    public void A_block_of_addresses_may_be_written_short(string text, string block) => Assert.Equal(block, Print(ValueParsers.Cidr, text));

    [Theory]
    [InlineData("10")]
    [InlineData("10.1")]
    [InlineData("10.1.2.3.4/8")]
    [InlineData("10.1.2.256")]
    [InlineData("10/33")]
    [InlineData("10/-1")]
    [InlineData("::1/129")]
    [InlineData("/8")]
    [InlineData("localhost")]
    [InlineData("fe80::1%1")]
    [InlineData("010.0.0.1")]
    [InlineData("0x10.0.0.1")]
    [InlineData("10..1/16")]
    public void What_is_no_block_is_refused(string text) => Assert.NotEqual("", Fault(ValueParsers.Cidr, text));

    [Theory]
    [InlineData("a, b,c", "a,b,c")]
    [InlineData("\"a b\", c", "a b,c")]
    [InlineData("\"a,b\"", "\"a,b\"")]
    public void A_list_is_split_at_commas_outside_quotes(string text, string joined) => Assert.Equal(joined, Print(ValueParsers.Names, text));

    [Fact]
    public void Two_quotes_bring_the_default_back()
    {
        Assert.True(ValueParsers.Time.TryRead("\"\"", new ValueReading("/"), out object? value));
        Assert.Null(value);
    }

    [Fact]
    public void A_relative_path_starts_at_the_directory_of_the_configuration()
    {
        Assert.True(ValueParsers.FilePath.TryRead("../var/x", new ValueReading("/etc/godwit"), out object? value));
        Assert.Equal("/etc/var/x", value);
    }

    private static string Print(ValueForm form, string text)
    {
        var reading = new ValueReading("/");
        Assert.True(form.TryRead(text, reading, out object? value), reading.Fault);
        return form.Print(value!);
    }

    private static string Fault(ValueForm form, string text)
    {
        var reading = new ValueReading("/");
        Assert.False(form.TryRead(text, reading, out _));
        return reading.Fault;
    }
}
