using Godwit.Dns;
using Godwit.Tests.Support;
using Godwit.Verification;

namespace Godwit.Tests.Verification;

public sealed class LookupBoundTests
{
    private readonly List<(string Name, TaskCompletionSource<NameAnswer> Answer)> _asked = [];
    private readonly SenderLookup _lookup;

    public LookupBoundTests() => _lookup = LookupBound.Of(
        (name, _, _) =>
        {
            var answer = new TaskCompletionSource<NameAnswer>();
            _asked.Add((name, answer));
            return new ValueTask<NameAnswer>(answer.Task);
        },
        most: 2);

    [Fact]
    public async Task No_more_questions_than_the_bound_are_under_way_and_the_next_is_asked_when_one_is_answered()
    {
        Task<NameAnswer>[] questions = [.. "abc".Select(name => Ask(name.ToString()))];
        Assert.Equal(["a", "b"], Names);

        _asked[0].Answer.SetResult(NameAnswer.NoSuchName);
        await questions[0];
        await Eventually.TrueAsync(() => _asked.Count == 3, TimeSpan.FromSeconds(10), () => string.Join(' ', Names));
        _asked[2].Answer.SetResult(NameAnswer.NoSuchName);
        await questions[2];
    }

    [Fact]
    public async Task Who_goes_away_leaves_his_question_counted_until_it_is_answered()
    {
        using var gone = new CancellationTokenSource();
        Task<NameAnswer>[] left = [Ask("a", gone.Token), Ask("b", gone.Token)];
        await gone.CancelAsync();
        foreach (Task<NameAnswer> each in left)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => each);
        }

        Task<NameAnswer> next = Ask("c");
        Assert.Equal(["a", "b"], Names);
        _asked[1].Answer.SetResult(NameAnswer.NoSuchName);
        await Eventually.TrueAsync(() => _asked.Count == 3, TimeSpan.FromSeconds(10), () => string.Join(' ', Names));
        _asked[2].Answer.SetResult(NameAnswer.NoSuchName);
        await next;
    }

    private IEnumerable<string> Names => _asked.Select(each => each.Name);

    private Task<NameAnswer> Ask(string name, CancellationToken cancellation = default) => _lookup(name, DnsType.TXT, cancellation).AsTask();
}
