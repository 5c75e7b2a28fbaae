using Godwit.Foundation;

namespace Godwit.Tests.Foundation;

public sealed class AmountTextTests
{
    [Theory]
    [InlineData(0, "0 octets")]
    [InlineData(1, "1 octet")]
    [InlineData(1023, "1023 octets")]
    [InlineData(1024, "1 KB")]
    [InlineData(5_000_000, "4882 KB")]
    public void A_size_is_told_in_octets_until_it_is_a_kilobyte(long octets, string text) => Assert.Equal(text, AmountText.Of(octets));

    [Theory]
    [InlineData(0, "less than a minute")]
    [InlineData(59, "less than a minute")]
    [InlineData(60, "1 minute")]
    [InlineData(5401, "90 minutes")]
    public void A_time_is_told_in_minutes_once_there_is_one(int seconds, string text) => Assert.Equal(text, AmountText.Of(TimeSpan.FromSeconds(seconds)));
}
