using Godwit.Cli.Top;

namespace Godwit.Tests.Cli;

/// <summary>The live view: what is drawn, and what keys do to it.</summary>
public sealed class TopTests
{
    private const int Columns = 100;
    private const int Lines = 20;

    private readonly TopModel _model = new();

    [Fact]
    public void The_picture_names_the_rates_and_each_queue_with_its_reason()
    {
        _model.Show(Snapshot(Queue("bigmail.example/v1", 12_345, change: -20), Queue("inbox.example/v1", 7, paused: true)));

        string[] picture = Picture();
        Assert.Contains("Godwit mx.example  running", picture[0], StringComparison.Ordinal);
        Assert.Contains("in 1,200  delivered 3.5  deferred -  bounced 0.0 rcpts/s", picture[1], StringComparison.Ordinal);
        Assert.Matches(@"^bigmail\.example/v1 +12,345 +-20 +1,000 +2 +08:15:00 connect rate limit reached", picture[4]);
        Assert.Matches(@"^inbox\.example/v1 +7 +1,000 +2 P ", picture[5]);
    }

    [Fact]
    public void No_line_is_wider_than_the_terminal_and_no_picture_higher()
    {
        _model.Show(Snapshot([.. Enumerable.Range(0, 200).Select(i => Queue($"{new string('d', i % 70)}{i}.example/vmta", i))]));

        foreach ((int columns, int lines) in ((int, int)[])[(40, 12), (100, 20), (250, 60)])
        {
            string[] picture = TopView.Draw(_model, TimeSpan.FromSeconds(2), columns, lines, colours: false).Split('\n');
            Assert.All(picture, line => Assert.InRange(line.Length, 0, columns));
            Assert.InRange(picture.Length, 1, lines);
        }
    }

    [Theory]
    [InlineData(80, "↑↓ choose|space hold", "Enter why  p pause  r resume  b backoff  n normal  s schedule  ? keys  q quit")]
    [InlineData(100, "space hold|o order", "↑↓ choose  Enter why  p pause  r resume  b backoff  n normal  s schedule  / filter  ? keys  q quit")]
    [InlineData(120, "…", "↑↓ choose  Enter why  p pause  r resume  b backoff  n normal  s schedule  / filter  o order  space hold  ? keys  q quit")]
    [InlineData(20, "Enter", "? keys  q quit")]
    public void The_keys_are_whole_words_at_any_width_and_the_last_ones_always_stay(int columns, string absent, string line)
    {
        _model.Show(Snapshot(Queue("bigmail.example/v1", 12_345)));

        string[] picture = [.. TopView.Draw(_model, TimeSpan.FromSeconds(2), columns, 24, colours: false).Split('\n').Select(each => each.TrimEnd())];
        Assert.Equal(line, picture[^1]);
        Assert.All(absent.Split('|'), word => Assert.DoesNotContain(word, picture[^1], StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(80, @"^a-rather-long-name-of-a-d… +12,345 +2     08:15:00 connect rate limit reac", "change", "kbytes")]
    [InlineData(100, @"^a-rather-long-name-of-a-domain\.e… +12,345 +-20 +2     08:15:00 connect rate limit reached", "kbytes")]
    [InlineData(140, @"^a-rather-long-name-of-a-domain\.example/v1 +12,345 +-20 +1,000 +2     08:15:00 connect rate limit reached")]
    public void A_narrow_terminal_has_room_for_the_reason_before_lesser_numbers(int columns, string row, params string[] absent)
    {
        _model.Show(Snapshot(Queue("a-rather-long-name-of-a-domain.example/v1", 12_345, change: -20)));

        string[] picture = [.. TopView.Draw(_model, TimeSpan.FromSeconds(2), columns, 24, colours: false).Split('\n')];
        int header = Array.FindIndex(picture, line => line.StartsWith("queue (rcpt)", StringComparison.Ordinal));
        Assert.Matches(row, picture[header + 1]);
        Assert.All(absent, word => Assert.DoesNotContain(word, picture[header], StringComparison.Ordinal));
    }

    [Fact]
    public void Numbers_and_messages_go_on_below_on_a_narrow_terminal_and_nothing_is_cut()
    {
        _model.Show(Snapshot(Queue("bigmail.example/v1", 12_345)));
        _model.Message = "bigmail.example/v1: Queue(s) paused. 1 queue(s) now; all that bigmail.example/v1 means later too, until \"resume queue bigmail.example/v1\".";

        string[] picture = [.. TopView.Draw(_model, TimeSpan.FromSeconds(2), 80, 24, colours: false).Split('\n').Select(each => each.TrimEnd())];

        Assert.Equal(
            ["in 1,200  delivered 3.5  deferred -  bounced 0.0 rcpts/s", "waiting 12,352 in 2 queues   connections 1 in, 4 out"], picture[1..3]);
        Assert.Contains("until \"resume queue bigmail.example/v1\".", string.Join(' ', picture[^4..^1]), StringComparison.Ordinal);
        Assert.InRange(picture.Length, 20, 23);
    }

    [Fact]
    public void The_chosen_queue_stays_chosen_when_the_order_changes()
    {
        _model.Show(Snapshot(Queue("a.example/v", 3), Queue("b.example/v", 2), Queue("c.example/v", 1)));
        Press(ConsoleKey.DownArrow);
        Assert.Equal("b.example/v", _model.Chosen?.Name);

        _model.Show(Snapshot(Queue("b.example/v", 9), Queue("a.example/v", 3), Queue("c.example/v", 1)));
        Assert.Equal("b.example/v", _model.Chosen?.Name);
    }

    [Theory]
    [InlineData('p', "pause queue a.example/v")]
    [InlineData('r', "resume queue a.example/v")]
    [InlineData('b', "set queue --mode=backoff a.example/v")]
    [InlineData('n', "set queue --mode=normal a.example/v")]
    [InlineData('s', "schedule --retry-recipients a.example/v")]
    public void A_key_asks_for_a_verb_about_the_chosen_queue(char key, string command)
    {
        _model.Show(Snapshot(Queue("a.example/v", 3)));

        Assert.Equal(TopWish.Run, Press(key));
        Assert.Equal(command, string.Join(' ', _model.Command));
    }

    [Fact]
    public void No_verb_is_asked_for_when_no_queue_is_there()
    {
        Assert.Equal(TopWish.Nothing, Press('p'));
        Assert.Equal("No queue is chosen.", _model.Message);
    }

    [Fact]
    public void A_filter_is_typed_and_taken_by_Enter()
    {
        foreach (char letter in "/bigx")
        {
            Press(letter);
        }

        Press(ConsoleKey.Backspace);
        Assert.Equal("*/*", _model.Pattern);
        Assert.Contains(Picture(), line => line.StartsWith("filter: big_", StringComparison.Ordinal));

        Assert.Equal(TopWish.LookAgain, Press(ConsoleKey.Enter));
        Assert.Equal("*big*/*", _model.Pattern);
    }

    [Fact]
    public void A_page_is_scrolled_and_left()
    {
        _model.Show(Snapshot(Queue("a.example/v", 3)));
        Assert.Equal(TopWish.Explain, Press(ConsoleKey.Enter));
        _model.OpenPage(string.Join('\n', Enumerable.Range(1, 50).Select(i => $"reason {i}")));
        Press(ConsoleKey.DownArrow);

        Assert.Contains("reason 2", Picture());
        Assert.DoesNotContain("reason 1", Picture());

        Press(ConsoleKey.Escape);
        Assert.Contains(Picture(), line => line.StartsWith("a.example/v", StringComparison.Ordinal));
    }

    [Fact]
    public void The_end_of_a_long_reason_can_be_reached()
    {
        _model.Show(Snapshot(Queue("a.example/v", 3)));
        _model.OpenPage(new string('x', Columns * Lines) + "the end");
        Press(ConsoleKey.End);

        Assert.Contains("the end", Picture());
    }

    [Fact]
    public void A_server_that_does_not_answer_is_said_on_the_screen()
    {
        _model.Show(new TopSnapshot(TopStatus.Unknown with { State = "not reached" }, [], "godwit: no server answers at http://127.0.0.1:1/"));

        Assert.Contains(Picture(), line => line.Contains("no server answers", StringComparison.Ordinal));
        Assert.DoesNotContain(Picture(), line => line.Contains("waiting 0", StringComparison.Ordinal));
    }

    private string[] Picture() => [.. TopView.Draw(_model, TimeSpan.FromSeconds(2), Columns, Lines, colours: false).Split('\n').Select(line => line.TrimEnd())];

    private TopWish Press(char letter) => _model.Press(new ConsoleKeyInfo(letter, ConsoleKey.None, shift: false, alt: false, control: false), Lines - TopView.LinesAround, Columns);

    private TopWish Press(ConsoleKey key) => _model.Press(new ConsoleKeyInfo('\0', key, shift: false, alt: false, control: false), Lines - TopView.LinesAround, Columns);

    private static TopSnapshot Snapshot(params TopQueue[] queues) =>
        new(new TopStatus("mx.example", "running", "2026-11-28 08:00:00", 1200, 3.5, null, 0, 12_352, 2, 1, 4), queues, "");

    private static TopQueue Queue(string name, long recipients, long? change = null, bool paused = false) =>
        new(name, recipients, change, 1000, 2, paused, Backoff: false, "2026-11-28 08:15:00", "connect rate limit reached");
}
