// Jobs: how far a campaign has come. Static.

using Godwit.Control;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Api;

internal static class JobRoutes
{
    private static readonly ApiParameter[] _id = [new("id", "The job: what its mail says in X-Job.", ParameterForm.Segment)];

    public static IReadOnlyList<ApiRoute> Table { get; } =
    [
        new("GET", "/jobs", AccessLevel.Monitor, "Jobs that have mail, are paused, or had mail lately; by default the newest first.", ListAsync)
        {
            Answer = typeof(ApiList<JobRow>),
            Parameters =
            [
                new("q", "A part of the name; with stars, the whole name."),
                new("sort", "What the order is by; firstSeen when it is left out.", ParameterForm.Text, "firstSeen", "recipients", "name", "delivered"),
                .. Paging.Parameters,
            ],
        },
        new("GET", "/jobs/{id}", AccessLevel.Monitor, "One job: where its mail waits, and when it may end.", ShowAsync)
        {
            Answer = typeof(JobView), Parameters = _id, Problems = [(404, "Nothing is known of it.")],
        },
        Action("pause", "Pauses a job, for mail to come too; what is under way ends.", "resume"),
        Action("resume", "Ends a job's pause.", "pause"),
    ];

    private static ApiRoute Action(string verb, string summary, string undo) =>
        new("POST", $"/jobs/{{id}}/{verb}", AccessLevel.Operator, summary, call => ActAsync(call, verb, undo))
        {
            Answer = typeof(ActionDone), Parameters = _id, Problems = [(409, "It cannot be done; the detail says why.")],
        };

    private static async Task<ApiAnswer> ActAsync(ApiCall call, string verb, string undo)
    {
        string id = call.Segment("id");
        bool wasPaused = (await call.Looks.Mail.JobsAsync(call.Cancellation)).Any(job => job.Waits.Job == id && job.Waits.IsPaused);
        var back = new UndoRequest("POST", $"{ApiRoute.Root}/jobs/{Uri.EscapeDataString(id)}/{undo}", null);
        return await QueueRoutes.DoAsync(call, [verb, "job", id], () => wasPaused == (verb == "resume") ? back : null);
    }

    private static async Task<ApiAnswer> ListAsync(ApiCall call)
    {
        string text = call.Filter("q");
        Func<JobLook, long>? number = call.Word<Func<JobLook, long>?>(
            "sort", ("firstSeen", static job => job.Activity?.FirstSeen.Ticks ?? long.MaxValue), ("recipients", static job => job.Waits.Recipients),
            ("name", null), ("delivered", static job => job.Activity?.Delivered ?? 0));
        IEnumerable<JobLook> matching = (await call.Looks.Mail.JobsAsync(call.Cancellation))
            .Where(job => text.Length == 0 || NameFilter.Matches(job.Waits.Job, text));
        JobLook[] sorted = number is null
            ? [.. matching.OrderBy(static job => job.Waits.Job, StringComparer.Ordinal)]
            : [.. matching.OrderByDescending(number).ThenBy(static job => job.Waits.Job, StringComparer.Ordinal)];
        return ApiAnswer.Of(
            Paging.Page(call, sorted, static job => job.Waits.Job, job => Row(job, call.Looks.Now)), ApiJson.Default.ApiListJobRow);
    }

    private static async Task<ApiAnswer> ShowAsync(ApiCall call)
    {
        string id = call.Segment("id");
        if ((await call.Looks.Mail.JobsAsync(call.Cancellation)).FirstOrDefault(job => job.Waits.Job == id) is not { } found)
        {
            return ApiAnswer.NotFound($"nothing is known of a job \"{id}\": it has no mail, is not paused, and had none lately");
        }

        IReadOnlyList<(string Destination, long Waiting)> where = await call.Looks.Mail.WhereAsync(id);
        JobRow row = Row(found, call.Looks.Now);
        double all = Math.Max(1, Math.Max(row.Recipients, where.Sum(static each => each.Waiting)));
        return ApiAnswer.Of(
            new JobView(
                row.Id, row.Recipients, row.Octets, row.Accepted, row.Delivered, row.Bounced, row.Deferrals, row.FirstSeen, row.LastSeen, row.Paused,
                row.PerMinute, row.EndsAt, [.. where.Select(each => new JobDestination(each.Destination, each.Waiting, Math.Round(each.Waiting / all, 4)))]),
            ApiJson.Default.JobView);
    }

    private static JobRow Row(JobLook job, Instant now)
    {
        JobActivity activity = job.Activity ?? default;
        double perMinute = activity.PerMinute;
        bool moves = perMinute > 0 && job.Waits is { IsPaused: false, Recipients: > 0 };
        return new JobRow(
            job.Waits.Job, job.Waits.Recipients, job.Waits.Bytes, activity.Accepted, activity.Delivered, activity.Bounced, activity.Deferrals,
            job.Activity is null ? null : ApiTime.Of(activity.FirstSeen), job.Activity is null ? null : ApiTime.Of(activity.LastSeen), job.Waits.IsPaused,
            Math.Round(perMinute, 1), moves ? ApiTime.Of(now + TimeSpan.FromMinutes(Math.Min(job.Waits.Recipients / perMinute, 5_000_000))) : null);
    }
}
