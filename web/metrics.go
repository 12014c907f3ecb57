package web

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/web/live"
)

// metrics are the server's own figures, on their own registry.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec

	mu     sync.RWMutex
	series map[counted]series
}

func newMetrics(model *index.Model, hub *live.Hub, cache *tiles.Cache, now func() time.Time, more []prometheus.Collector) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(), series: map[counted]series{},
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "langbiang_http_requests_total", Help: "Requests by route, method and status."}, []string{"route", "method", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "langbiang_http_request_seconds", Help: "Time to answer by route; streams are not counted.",
			Buckets: []float64{.0003, .001, .003, .005, .01, .03, .1, .3, 1, 3, 10}}, []string{"route"}),
	}
	gauge := func(name, help string, f func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
	}
	counter := func(name, help string, f func() uint64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(f()) })
	}
	m.registry.MustRegister(m.requests, m.seconds, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("langbiang_model_revision", "Revision the read model shows.", func() float64 { return float64(model.Current().Revision()) }),
		gauge("langbiang_model_lag_seconds", "For how long the store has been away; 0 = the model follows it.", func() float64 {
			if s := model.Status(); s.Away != nil {
				return max(0, now().Sub(s.Since).Seconds())
			}
			return 0
		}),
		gauge("langbiang_live_subscribers", "Open event streams.", func() float64 { return float64(hub.Subscribers()) }),
		counter("langbiang_tile_cache_hits_total", "Tiles answered as they were kept.", func() uint64 { return cache.Stats().Hits }),
		counter("langbiang_tile_cache_misses_total", "Tiles that had to be made.", func() uint64 { return cache.Stats().Misses }),
		gauge("langbiang_tile_cache_bytes", "Memory that kept tiles take.", func() float64 { return float64(cache.Stats().Bytes) }))
	m.registry.MustRegister(more...)
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// methodName keeps made-up methods from making series.
func methodName(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// counted names a series of requests.
type counted struct {
	route, method string
	status        int
}

// series are the figures that a request adds to.
type series struct {
	requests prometheus.Counter
	seconds  prometheus.Observer // nil = not measured
}

// count counts a request. Series are looked up by their texts once: there are as many
// as routes, methods and statuses.
func (m *metrics) count(route, method string, status int, took time.Duration) {
	k := counted{route, methodName(method), status}
	m.mu.RLock()
	s, ok := m.series[k]
	m.mu.RUnlock()
	if !ok {
		s.requests = m.requests.WithLabelValues(k.route, k.method, strconv.Itoa(status))
		if route != liveRoute {
			s.seconds = m.seconds.WithLabelValues(route)
		}
		m.mu.Lock()
		m.series[k] = s
		m.mu.Unlock()
	}
	s.requests.Inc()
	if s.seconds != nil {
		s.seconds.Observe(took.Seconds())
	}
}
