namespace Godwit.Tests.Guards;

public sealed class HouseGuards
{
    [Fact]
    public void Every_type_lives_in_a_room_of_the_house()
    {
        string[] strangers = [.. House.WrittenTypes.Where(type => !House.Floors.ContainsKey(House.RoomOf(type)!)).Select(type => type.FullName!)];

        Findings.AssertNone(strangers);
    }

    [Fact]
    public void No_room_uses_a_room_on_its_own_floor_or_above()
    {
        string[] wrong =
        [
            .. House.Uses()
                .Where(use => House.Floors[House.RoomOf(use.Used)!] >= House.Floors[House.RoomOf(use.User)!])
                .Select(use => $"{use.User.FullName} uses {use.Used.FullName}")
                .Distinct(),
        ];

        Findings.AssertNone(wrong);
    }

    [Fact]
    public void The_reader_sees_that_intake_uses_the_spool()
    {
        // A guard that reads nothing would pass for ever.
        Assert.Contains(House.Uses(), use => House.RoomOf(use.User) == "Intake" && House.RoomOf(use.Used) == "Spool");
    }

    [Fact]
    public void Queues_touch_no_disk_no_network_no_thread_and_no_clock()
    {
        string[] forbidden =
        [
            .. House.ForeignTypesOf("Queues").Select(type => type.FullName ?? type.Name).Where(name =>
                name.StartsWith("System.IO.", StringComparison.Ordinal)
                || name.StartsWith("System.Net.Sockets.", StringComparison.Ordinal)
                || name is "System.Threading.Thread" or "System.Threading.ThreadPool" or "System.Threading.Timer" or "System.Random"
                    or "System.Diagnostics.Stopwatch" or "System.Environment" or "Godwit.Foundation.ServerClock"),
        ];

        Findings.AssertNone(forbidden);
    }
}
