// Sends the numbers to one OpenTelemetry collector: instruments that are read when the exporter's own thread comes for them. Owned by StatisticsSending.
// Instruments that are observed have no histograms, so the counts of a histogram go as counters, with the bound as attribute, as Prometheus names them.
// The exporter gives up after its patience and tries with the next interval; nothing else waits for it.

using System.Diagnostics.Metrics;
using Godwit.Foundation;
using Godwit.Settings;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Godwit.Metrics;

/// <summary>Pushes OTLP until it is disposed.</summary>
internal sealed class OtlpSender : IAsyncDisposable
{
    /// <summary>Numbers of one metric; the default of 2,000 is not enough for a thousand destinations with three results each.</summary>
    private const int MostSeries = 4000;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly MetricView _view;
    private readonly Meter _meter;
    private readonly MeterProvider _provider;
    private readonly ReceiverTrouble _trouble;

    public OtlpSender(MetricView view, StatisticsSettings settings, TimeSpan interval, ILogger log)
    {
        _view = view;
        _trouble = new ReceiverTrouble(settings.Name, view.Alarms, log);

        // A name of its own: two collectors must not read each other's instruments.
        _meter = new Meter($"godwit {settings.Endpoint}", ProductVersion.Text);
        foreach (Metric metric in MetricTable.All)
        {
            Observe(metric);
        }

        var options = new OtlpExporterOptions
        {
            Endpoint = settings.Endpoint!,
            Protocol = OtlpExportProtocol.HttpProtobuf,
            TimeoutMilliseconds = (int)_patience.TotalMilliseconds,
        };
        var reader = new PeriodicExportingMetricReader(
            new WatchedExporter(options, _trouble), (int)interval.TotalMilliseconds, (int)_patience.TotalMilliseconds);
        _provider = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService(
                "godwit", serviceVersion: ProductVersion.Text, serviceInstanceId: view.Settings.Value.HostName))
            .AddMeter(_meter.Name)
            .AddView("*", new MetricStreamConfiguration { CardinalityLimit = MostSeries })
            .AddReader(reader)
            .Build();
    }

    /// <summary>Sends once more, as the exporter does at its end, and for no longer than its patience.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.Run(_provider.Dispose);
        _meter.Dispose();
        _trouble.End();
    }

    private void Observe(Metric metric)
    {
        switch (metric.Kind)
        {
            case MetricKind.Counter:
                _meter.CreateObservableCounter(metric.Name, () => Measure(metric), metric.Unit, metric.Help);
                break;
            case MetricKind.Gauge:
                _meter.CreateObservableGauge(metric.Name, () => Measure(metric), metric.Unit, metric.Help);
                break;
            default:
                _meter.CreateObservableCounter($"{metric.Name}_bucket", () => Buckets(metric), "observations", metric.Help);
                _meter.CreateObservableCounter($"{metric.Name}_sum", () => Histograms(metric, static read => read.Sum), metric.Unit, metric.Help);
                _meter.CreateObservableCounter($"{metric.Name}_count", () => Histograms(metric, static read => read.Count), "observations", metric.Help);
                break;
        }
    }

    private IEnumerable<Measurement<double>> Measure(Metric metric) =>
        MetricReader.Read(metric, _view).Select(sample => new Measurement<double>(sample.Value, Attributes(metric, sample)));

    private IEnumerable<Measurement<double>> Histograms(Metric metric, Func<HistogramReading, double> number) =>
        MetricReader.Read(metric, _view).Select(sample => new Measurement<double>(number(sample.Histogram!), Attributes(metric, sample)));

    private IEnumerable<Measurement<double>> Buckets(Metric metric)
    {
        foreach (MetricSample sample in MetricReader.Read(metric, _view))
        {
            HistogramReading histogram = sample.Histogram!;
            for (int i = 0; i <= histogram.Bounds.Count; i++)
            {
                bool isLast = i == histogram.Bounds.Count;
                string bound = isLast ? "+Inf" : PrometheusText.Number(histogram.Bounds[i]);
                yield return new Measurement<double>(isLast ? histogram.Count : histogram.Counts[i], [.. Attributes(metric, sample), new("le", bound)]);
            }
        }
    }

    private static KeyValuePair<string, object?>[] Attributes(Metric metric, MetricSample sample)
    {
        var attributes = new KeyValuePair<string, object?>[sample.Labels.Length];
        for (int i = 0; i < attributes.Length; i++)
        {
            attributes[i] = new KeyValuePair<string, object?>(metric.Labels[i], sample.Labels[i]);
        }

        return attributes;
    }

    /// <summary>The exporter, with its outcome said: by itself it only tells its own event source.</summary>
    private sealed class WatchedExporter(OtlpExporterOptions options, ReceiverTrouble trouble) : OtlpMetricExporter(options)
    {
        public override ExportResult Export(in Batch<OpenTelemetry.Metrics.Metric> batch)
        {
            ExportResult result = base.Export(batch);
            if (result == ExportResult.Success)
            {
                trouble.Over();
            }
            else
            {
                trouble.Begin("it does not answer, or refuses them");
            }

            return result;
        }
    }
}
